package uploader

// The codes. Each has one row in the table below, which a test holds complete.
const (
	CodeCancelled Code = "cancelled" // the engine itself took the operation back

	// The way to the vault.
	CodeNetwork       Code = "network"           // no connection, cut, timed out, no bytes moved
	CodeDNS           Code = "dns"               // the name is not known
	CodeTLS           Code = "tls"               // the certificate is not trusted
	CodeProxy         Code = "proxy"             // a proxy in between refused
	CodeProxySignIn   Code = "proxy-sign-in"     // a proxy in between wants a name and a password (407)
	CodeWrongAddress  Code = "wrong-address"     // it answers, but it is no signer (not JSON, 404 on every route, a redirect)
	CodeWrongDest     Code = "wrong-destination" // a URL outside the vault's pinned data origins
	CodeBadResponse   Code = "bad-response"      // a signer's answer that breaks the protocol
	CodeBadConfig     Code = "bad-config"        // token or CA file unreadable, address malformed
	CodeUnauthorized  Code = "unauthorized"      // 401: the token is missing, wrong or over
	CodeForbidden     Code = "forbidden"         // 403 of the signer: not allowed to
	CodeThrottled     Code = "throttled"         // 429, 503 SlowDown
	CodeServer        Code = "server"            // 5xx
	CodeVaultNotReady Code = "vault-not-ready"
	CodeRefused       Code = "refused" // 400 and kin: the vault does not take this request

	// S3's answers to a PUT or to the signer.
	CodeURLExpired     Code = "url-expired"
	CodeClockSkew      Code = "clock-skew"
	CodeDenied         Code = "denied"     // 403 of S3 that is neither of the two
	CodeBadDigest      Code = "bad-digest" // the bytes did not match their checksum
	CodeNoSuchUpload   Code = "no-such-upload"
	CodeInvalidPart    Code = "invalid-part" // Complete names a part S3 does not have so
	CodeEntityTooSmall Code = "entity-too-small"
	CodeUnknown        Code = "unknown"   // sent, but no answer came
	CodeExists         Code = "exists"    // 409, 412: something is at the key already
	CodeKeyTaken       Code = "key-taken" // and it is another object
	CodeRefConflict    Code = "ref-conflict"
	CodeSizeMismatch   Code = "size-mismatch" // S3 holds another size than the file has
	CodeEncryption     Code = "encryption"    // the stored object is not encrypted as configured

	// The source.
	CodeSourceMissing    Code = "source-missing"
	CodeDriveMissing     Code = "drive-missing"
	CodeDriveHangs       Code = "drive-hangs" // a call to the drive or share does not come back
	CodeSourceUnreadable Code = "source-unreadable"
	CodeSourceChanged    Code = "source-changed"
	CodeNotRegular       Code = "not-regular"
	CodeSymlinkLoop      Code = "symlink-loop"
	CodeNotLocal         Code = "not-local"     // a dropped smb:// or https:// line
	CodeTooLarge         Code = "too-large"     // above 48.8 TiB, or the vault's own limit
	CodeBadName          Code = "bad-name"      // no key can be made of it
	CodeTooManyOpen      Code = "too-many-open" // this machine opens no more files at the moment
	CodeDeadline         Code = "deadline"      // the vault aborted the unfinished upload by its rule

	CodeTimetable Code = "timetable" // the user's timetable lets nothing be sent now

	// This machine.
	CodeDiskFull        Code = "disk-full"
	CodeReadOnly        Code = "read-only"
	CodeJournalBroken   Code = "journal-broken"
	CodeJournalNewer    Code = "journal-newer"
	CodeJournalBusy     Code = "journal-busy"
	CodeJournalConflict Code = "journal-conflict"
	CodeInternal        Code = "internal"
)

// CodeInfo is what a code means.
type CodeInfo struct {
	Action   Action
	Reason   WaitReason // for Wait and Hold, and what a row shows while Retry backs off
	Sentence string     // for the user, with a next step; English, the translations are keyed by the code
}

// Info returns the row of a code; an unknown code reads as CodeInternal.
func (c Code) Info() CodeInfo {
	if i, ok := codeTable[c]; ok {
		return i
	}
	return codeTable[CodeInternal]
}

// Sentence is the user's sentence for a code.
func (c Code) Sentence() string { return c.Info().Sentence }

var codeTable = map[Code]CodeInfo{
	CodeCancelled: {Stop, "", "Stopped. Choose Retry to send it after all."},

	CodeNetwork:       {Wait, WaitNetwork, "The vault cannot be reached. Longshore goes on by itself when the network is back."},
	CodeDNS:           {Wait, WaitNetwork, "The vault's address cannot be found on this network. Check the network and the address; Longshore keeps trying."},
	CodeTLS:           {Wait, WaitServer, "The vault's certificate is not trusted, so nothing was sent. Ask your administrator for the right certificate (CA) file."},
	CodeProxy:         {Wait, WaitNetwork, "A proxy between here and the vault refused the connection. Ask your administrator for the proxy's settings."},
	CodeProxySignIn:   {Wait, WaitNetwork, "A proxy between here and the vault wants a name and a password. Give them to Longshore (its window asks for them; or longshore-cli vaults proxy-sign-in); it then goes on by itself."},
	CodeWrongAddress:  {Wait, WaitServer, "What answers at the vault's address is not a Longshore signer. Check the address, or sign in to this network's start page first."},
	CodeWrongDest:     {Stop, "", "The vault asked to send the file to a place that was never agreed to, so nothing was sent. Ask your administrator, then add the vault again."},
	CodeBadResponse:   {Retry, WaitServer, "The vault gave an answer that makes no sense. Try again; if it stays, tell your administrator."},
	CodeBadConfig:     {Wait, WaitSignIn, "The vault's settings cannot be used (address, token file or certificate file). Correct them in the settings."},
	CodeUnauthorized:  {Wait, WaitSignIn, "The vault does not accept your sign-in. Sign in again, or put a new token from your administrator into the token file; Longshore then goes on."},
	CodeForbidden:     {Stop, "", "You are not allowed to store this here. Ask your administrator, then choose Retry."},
	CodeThrottled:     {Retry, WaitThrottled, "The vault is busy and asked to wait. Longshore goes on by itself."},
	CodeServer:        {Retry, WaitServer, "The vault has a fault at the moment. Longshore keeps trying for a while; if it gives up, choose Retry later."},
	CodeVaultNotReady: {Wait, WaitServer, "The vault is not ready yet. Longshore goes on by itself."},
	CodeRefused:       {Stop, "", "The vault refused this file. Open the details and show them to your administrator."},

	CodeURLExpired:     {Resign, "", "A permission to send ran out; Longshore asks for a new one."},
	CodeClockSkew:      {Wait, WaitServer, "The clocks of the vault's machines differ too much, so storage refuses everything. Tell your administrator that the signer's clock is wrong."},
	CodeDenied:         {Retry, WaitServer, "Storage refused the bytes. Longshore tries again; if it stays, tell your administrator."},
	CodeBadDigest:      {Retry, WaitServer, "Some bytes were damaged on the way and refused by storage. Longshore sends them again; if it gives up, choose Retry."},
	CodeNoSuchUpload:   {Look, "", "The unfinished upload is gone from storage. Longshore looks what became of it; if it gives up, choose Retry."},
	CodeInvalidPart:    {Look, "", "Storage does not hold all parts. Longshore looks which ones are missing; if it gives up, choose Retry."},
	CodeEntityTooSmall: {Stop, "", "Storage refused the upload because a part is too small. Choose Retry to start over; if it stays, tell your administrator."},
	CodeUnknown:        {Look, "", "No answer came. Longshore looks whether the bytes arrived; if it gives up, choose Retry."},
	CodeExists:         {Look, "", "Something is stored under this name already. Longshore looks what it is; if it gives up, choose Retry."},
	CodeKeyTaken:       {Stop, "", "Another object is stored in this file's place; it was not touched. Choose Retry to store the file under a new name."},
	CodeRefConflict:    {Restart, "", "The vault knows this upload differently. Longshore starts the file over; if it gives up, tell your administrator."},
	CodeSizeMismatch:   {Stop, "", "Storage holds another size than the file has. Choose Retry to send it again."},
	CodeEncryption:     {Stop, "", "Storage did not encrypt the file as the vault demands. Tell your administrator before you send more."},

	CodeSourceMissing:    {Stop, "", "The file is no longer there. Put it back and choose Retry."},
	CodeDriveMissing:     {Hold, WaitDrive, "The drive with this file is not connected. Connect it; Longshore goes on by itself."},
	CodeDriveHangs:       {Hold, WaitDrive, "The drive or share with this file does not answer. Check its cable or its network; Longshore goes on by itself when it answers again."},
	CodeSourceUnreadable: {Stop, "", "The file cannot be read. Check its permissions or the drive, then choose Retry."},
	CodeSourceChanged:    {Ask, "", "The file changed on disk after it was added. Choose Retry to send it as it is now."},
	CodeNotRegular:       {Stop, "", "This is not an ordinary file (a socket, a pipe or a device), so it cannot be stored. Leave it out, or store what it stands for as a file."},
	CodeSymlinkLoop:      {Stop, "", "This link leads back into its own folder, so it was not followed. Leave it out, or add the folder it leads to by itself."},
	CodeNotLocal:         {Stop, "", "This is not a file on this computer. Copy it here or mount the share, then drop it again."},
	CodeTooLarge:         {Stop, "", "The file is larger than the vault can hold in one piece (48.8 TiB at most). Split it and try again."},
	CodeBadName:          {Stop, "", "No storage name can be made of this file's name or path (too long, or with characters that cannot be stored). Rename it and add it again."},
	CodeTooManyOpen:      {Hold, WaitMachine, "This computer cannot open more files at the moment. Close other programs; Longshore goes on by itself."},
	CodeDeadline:         {Restart, "", "The vault cleared the unfinished upload away after its deadline, so the file is sent from the start. Use a faster network, or let it go first."},

	CodeTimetable: {Wait, WaitTimetable, "Nothing is sent for now. Change the timetable or the speed limit to send; Longshore goes on by itself when the timetable lets it."},

	CodeDiskFull:        {Stop, "", "The disk with Longshore's own notes is full. Make room; nothing is lost."},
	CodeReadOnly:        {Stop, "", "Longshore's own folder cannot be written. Check its permissions, or choose another folder."},
	CodeJournalBroken:   {Stop, "", "Longshore's own notes are damaged. They were set aside, and what could be read is in the queue."},
	CodeJournalNewer:    {Stop, "", "The queue was written by a newer Longshore. Update this program to open it; nothing was changed."},
	CodeJournalBusy:     {Stop, "", "Another Longshore is using this queue. Use that one, or close it first."},
	CodeJournalConflict: {Stop, "", "Another program wrote into Longshore's notes. Start Longshore again."},
	CodeInternal:        {Stop, "", "Longshore made a mistake. Choose Retry; if it stays, send us the details."},
}
