package store

import "longshore/uploader"

// The fields of every record, in the order they are stored. Never reorder or remove one without a migration; append
// new ones at the end.

func jobFields(c *coder, j *uploader.Job) {
	text(c, &j.ID)
	text(c, &j.Batch)
	text(c, &j.Entry)
	text(c, &j.Vault)
	text(c, &j.Path)
	text(c, &j.RelPath)
	c.int(&j.Size)
	fingerprintFields(c, &j.Fingerprint)
	text(c, &j.State)
	text(c, &j.Code)
	text(c, &j.Detail)
	text(c, &j.Attempt)
	c.int(&j.Order)
	c.uint(&j.Revision)
	c.time(&j.AddedAt)
	c.time(&j.EndedAt)
	c.bool(&j.Unwalked)
	text(c, &j.Note)
	c.bool(&j.Known)
	c.bool(&j.Removed)
}

// fingerprintFields is part of other records and so can only change by a migration.
func fingerprintFields(c *coder, f *uploader.Fingerprint) {
	c.int(&f.Size)
	c.time(&f.ModTime)
	c.time(&f.ChangeTime)
	c.uint(&f.Device)
	c.uint(&f.Inode)
	text(c, &f.Mount)
	c.bool(&f.Unstable)
}

// attemptFields is also the end of a tombstone, so that new ones may be appended here too.
func attemptFields(c *coder, a *uploader.Attempt) {
	text(c, &a.ID)
	text(c, &a.Job)
	text(c, &a.Vault)
	text(c, &a.Phase)
	c.bool(&a.Single)
	requestFields(c, &a.Request)
	fingerprintFields(c, &a.Fingerprint)
	text(c, &a.UploadID)
	text(c, &a.Key)
	c.int(&a.PartSize)
	text(c, &a.Checksum)
	c.time(&a.ResumeBefore)
	c.time(&a.StartedAt)
	c.bool(&a.Unheard)
}

// requestFields is part of other records and so can only change by a migration.
func requestFields(c *coder, r *uploader.CreateRequest) {
	text(c, &r.Attempt)
	text(c, &r.FileName)
	text(c, &r.RelPath)
	text(c, &r.ContentType)
	c.int(&r.Size)
	c.int(&r.PartSize)
	text(c, &r.Checksum)
	text(c, &r.Sum)
	text(c, &r.Batch)
	c.time(&r.ModTime)
}

// partFields also holds the UploadID, of which the key has only a hash.
func partFields(c *coder, p *storedPart) {
	text(c, &p.uploadID)
	c.int32(&p.part.PartNumber)
	text(c, &p.part.ETag)
	c.int(&p.part.Size)
	text(c, &p.part.Checksum)
}

func tombstoneFields(c *coder, t *uploader.Tombstone) {
	c.time(&t.Since)
	attemptFields(c, &t.Attempt) // last: it grows
}

func entryFields(c *coder, e *uploader.Entry) {
	text(c, &e.ID)
	text(c, &e.Batch)
	text(c, &e.Path)
	text(c, &e.Name)
	c.bool(&e.Dir)
	c.int(&e.Order)
	text(c, &e.Prefix)
	c.bool(&e.Walked)
	c.bool(&e.Held)
	c.bool(&e.Halted)
	text(c, &e.Study)
	c.small((*uint8)(&e.Known))
	c.int32(&e.LeftOut)
	c.int32(&e.Empty)
	c.int32(&e.Gone)
}

func batchFields(c *coder, b *uploader.Batch) {
	text(c, &b.ID)
	text(c, &b.Vault)
	c.bool(&b.Scanning)
	c.time(&b.AddedAt)
	c.bool(&b.Manifest)
}

func vaultFields(c *coder, v *uploader.Vault) {
	text(c, &v.ID)
	text(c, &v.Name)
	text(c, &v.SignerURL)
	text(c, &v.TokenFile)
	text(c, &v.CAFile)
	c.texts(&v.DataOrigins)
	text(c, &v.Checksum)
	text(c, &v.Encryption)
	c.time(&v.AddedAt)
	text(c, &v.SignIn)
	text(c, &v.OIDC.Issuer)
	text(c, &v.OIDC.ClientID)
	c.texts(&v.OIDC.Scopes)
	text(c, &v.OIDC.Audience)
	c.bool(&v.OIDC.IDToken)
	c.bool(&v.OIDC.TokenFiles)
	text(c, &v.Account)
	text(c, &v.Kind)
	text(c, &v.CA)
	text(c, &v.Proxy)
	c.bool(&v.Renamed)
}

func receiptFields(c *coder, r *uploader.Receipt) {
	text(c, &r.Job)
	text(c, &r.Batch)
	text(c, &r.Attempt)
	text(c, &r.Vault)
	text(c, &r.Path)
	text(c, &r.RelPath)
	c.int(&r.Size)
	text(c, &r.Key)
	text(c, &r.FileURL)
	text(c, &r.ETag)
	text(c, &r.VersionID)
	text(c, &r.Checksum)
	text(c, &r.Verified)
	text(c, &r.Encryption)
	text(c, &r.Source)
	c.time(&r.StartedAt)
	c.time(&r.FinishedAt)
	text(c, &r.Note)
	c.time(&r.ModTime)
}

// storedPart is a part with the upload it belongs to.
type storedPart struct {
	uploadID string
	part     uploader.Part
}

// textField is the codec of records that are one string.
func textField(c *coder, s *string) { text(c, s) }
