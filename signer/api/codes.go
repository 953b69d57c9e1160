package api

import "net/http"

// Code tells errors apart. The list is closed: a client may switch on it.
type Code string

// The error codes of the protocol. CodeTable gives status and sentence of each.
const (
	CodeBadRequest          Code = "bad_request"
	CodeBadContentType      Code = "bad_content_type"
	CodeBodyTooLarge        Code = "body_too_large"
	CodeTooManyItems        Code = "too_many_items"
	CodeBadName             Code = "bad_name"
	CodeKeyTooLong          Code = "key_too_long"
	CodeBadMetadata         Code = "bad_metadata"
	CodeTypeNotAllowed      Code = "type_not_allowed"
	CodeBadRef              Code = "bad_ref"
	CodeBadChecksum         Code = "bad_checksum"
	CodeChecksumUnsupported Code = "checksum_unsupported"
	CodeSizeRequired        Code = "size_required"
	CodeObjectTooLarge      Code = "object_too_large"
	CodeBadPartSize         Code = "bad_part_size"
	CodeBadPartNumber       Code = "bad_part_number"
	CodeInvalidParts        Code = "invalid_parts"
	CodePartTooSmall        Code = "part_too_small"
	CodeSizeMismatch        Code = "size_mismatch"
	CodeChecksumMismatch    Code = "checksum_mismatch"
	CodeUnauthorized        Code = "unauthorized"
	CodeBadUploadID         Code = "bad_upload_id"
	CodeForbiddenKey        Code = "forbidden_key"
	CodeForbiddenGroup      Code = "forbidden_group"
	CodeForbiddenOrigin     Code = "forbidden_origin"
	CodeForbiddenHost       Code = "forbidden_host"
	CodeNotFound            Code = "not_found"
	CodeMethodNotAllowed    Code = "method_not_allowed"
	CodeNoSuchUpload        Code = "no_such_upload"
	CodeRefConflict         Code = "ref_conflict"
	CodeKeyTaken            Code = "key_taken"
	CodeNotConfirmed        Code = "not_confirmed"
	CodeBatchConflict       Code = "batch_conflict"
	CodeThrottled           Code = "throttled"
	CodeInternal            Code = "internal"
	CodeStorageDenied       Code = "storage_denied"
	CodeStorageError        Code = "storage_error"
	CodeEncryptionMismatch  Code = "encryption_mismatch"
	CodeStorageBusy         Code = "storage_busy"
	CodeUnknownOutcome      Code = "unknown_outcome"
	CodeNotReady            Code = "not_ready"
	CodeBusy                Code = "busy"
)

// CodeInfo is what the protocol says of a Code.
type CodeInfo struct {
	Code   Code
	Status int // HTTP status it is sent with
	// Retry says that the same call may succeed later without any change.
	Retry bool
	// Message is the sentence sent when there is nothing more exact to say.
	Message string
}

// CodeTable returns the closed list, by rising status.
func CodeTable() []CodeInfo {
	return []CodeInfo{
		{CodeBadRequest, http.StatusBadRequest, false, "The request is not what this call expects; check its fields against the protocol."},
		{CodeTooManyItems, http.StatusBadRequest, false, "At most 100 items fit in one call; split the request."},
		{CodeBadName, http.StatusBadRequest, false, "The file's name or path cannot be used as a key; rename the file and try again."},
		{CodeKeyTooLong, http.StatusBadRequest, false, "The file's path is too long to be stored; shorten folder or file names and try again."},
		{CodeBadMetadata, http.StatusBadRequest, false, "The metadata has a reserved or malformed name, or is too large; change it and try again."},
		{CodeTypeNotAllowed, http.StatusBadRequest, false, "This vault does not take files of this type from you; ask your administrator which it takes."},
		{CodeBadRef, http.StatusBadRequest, false, "uploadRef and batchRef must be ULIDs of 26 upper-case characters."},
		{CodeBadChecksum, http.StatusBadRequest, false, "A checksum is missing, malformed or not of the upload's kind; compute it again."},
		{CodeChecksumUnsupported, http.StatusBadRequest, false, "This vault does not verify that kind of checksum; use the one in its capabilities."},
		{CodeSizeRequired, http.StatusBadRequest, false, "This vault takes no uploads without a declared size; send the file's size."},
		{CodeObjectTooLarge, http.StatusBadRequest, false, "The file is larger than this vault takes."},
		{CodeBadPartSize, http.StatusBadRequest, false, "The part's size does not fit the upload's plan; cut the file at the part size init-upload gave."},
		{CodeBadPartNumber, http.StatusBadRequest, false, "The part number lies outside the upload's plan."},
		{CodeInvalidParts, http.StatusBadRequest, false, "The parts listed are not the parts stored; list the parts and send what is missing."},
		{CodePartTooSmall, http.StatusBadRequest, false, "A part other than the last is smaller than 5 MiB; start the upload over with larger parts."},
		{CodeUnauthorized, http.StatusUnauthorized, false, "The token is missing or not known to this vault; sign in again."},
		{CodeBadUploadID, http.StatusForbidden, false, "The uploadId was not issued by this vault to you for this key; start the upload over."},
		{CodeForbiddenKey, http.StatusForbidden, false, "The key does not belong to you."},
		{CodeForbiddenGroup, http.StatusForbidden, false, "You are signed in, but in none of the groups that may use this vault; ask your administrator."},
		{CodeForbiddenOrigin, http.StatusForbidden, false, "Requests from web pages of this origin are not allowed."},
		{CodeForbiddenHost, http.StatusForbidden, false, "A signer without sign-in answers only to a loopback host name."},
		{CodeNotFound, http.StatusNotFound, false, "There is no such call; check the signer's address."},
		{CodeNoSuchUpload, http.StatusNotFound, false, "The vault no longer knows this upload; look at the object, and start over if it is not there."},
		{CodeMethodNotAllowed, http.StatusMethodNotAllowed, false, "This call takes another HTTP method."},
		{CodeRefConflict, http.StatusConflict, false, "This uploadRef was used before with another size, part size or checksum mode; start over with a new one."},
		{CodeKeyTaken, http.StatusConflict, false, "Another object already has this key; start over with a new uploadRef."},
		{CodeNotConfirmed, http.StatusConflict, false, "An object of the batch is not stored as the list says; nothing was written. Look at it and send the list again."},
		{CodeBatchConflict, http.StatusConflict, false, "This batch already has another manifest; it was not changed."},
		{CodeBodyTooLarge, http.StatusRequestEntityTooLarge, false, "The request body is too large; split the request."},
		{CodeBadContentType, http.StatusUnsupportedMediaType, false, "Send the body as application/json."},
		{CodeSizeMismatch, http.StatusUnprocessableEntity, false, "The parts do not add up to the declared size; list the parts and send what is missing."},
		{CodeChecksumMismatch, http.StatusUnprocessableEntity, false, "The stored bytes do not have the checksum given; nothing was stored, hash the file again."},
		{CodeThrottled, http.StatusTooManyRequests, true, "Too many calls; wait as long as Retry-After says and try again."},
		{CodeInternal, http.StatusInternalServerError, true, "The signer failed; try again, and give the request id to your administrator if it stays."},
		{CodeStorageDenied, http.StatusBadGateway, false, "The storage refuses the signer's own credentials; tell your administrator."},
		{CodeStorageError, http.StatusBadGateway, true, "The storage failed or cannot be reached; try again in a while."},
		{CodeEncryptionMismatch, http.StatusBadGateway, false, "The stored object is not encrypted as this vault demands; tell your administrator."},
		{CodeStorageBusy, http.StatusServiceUnavailable, true, "The storage is busy; wait as long as Retry-After says and try again."},
		{CodeUnknownOutcome, http.StatusServiceUnavailable, true, "It is not known yet whether the object was stored; repeat the call, do not send the file again."},
		{CodeNotReady, http.StatusServiceUnavailable, true, "The signer is not ready yet; try again in a while."},
		{CodeBusy, http.StatusServiceUnavailable, true, "The signer has too much to do; wait as long as Retry-After says and try again."},
	}
}

// Info returns the table's entry for c, and that of CodeInternal with ok false
// for a code that is not in the list.
func (c Code) Info() (info CodeInfo, ok bool) {
	var internal CodeInfo
	for _, e := range CodeTable() {
		if e.Code == c {
			return e, true
		}
		if e.Code == CodeInternal {
			internal = e
		}
	}
	return internal, false
}

// Error is the body of every answer that is not a success.
type Error struct {
	Code      Code   `json:"error"`
	Message   string `json:"message"`
	RequestID string `json:"requestId"`
}
