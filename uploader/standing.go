package uploader

// Standing is how a stored object stands against its receipt, by a look at it. No bytes are read for it.
type Standing string

// The standings. Only Same says that all is well, only Gone and Another that something is wrong.
const (
	StandingSame    Standing = "same"    // it is there, and all that was confirmed then is so now
	StandingGone    Standing = "gone"    // the vault has no object of this key
	StandingAnother Standing = "another" // an object of this key is there, and is not the one of the receipt
	StandingUnknown Standing = "unknown" // it cannot be told now; Code says why
)

// Verdict is what a look at a receipt's object found.
type Verdict struct {
	Standing Standing
	// Differs is what is not as the receipt has it, of an object that is another: "size", "checksum", "eTag", "owner",
	// "encryption". Versions are not compared: a bucket that is copied gives new ones.
	Differs []string
	// Proof is what the sameness rests on: "checksum" of all bytes, or only "eTag".
	Proof string
	Code  Code // why it cannot be told; "" with StandingUnknown: this kind of vault cannot be asked
}

// VerdictOf compares a receipt with what is at its key.
func VerdictOf(r *Receipt, s ObjectStat) Verdict {
	if s.Err != nil {
		return Verdict{Standing: StandingUnknown, Code: CodeOf(s.Err)}
	}
	if !s.Found {
		return Verdict{Standing: StandingGone}
	}
	l := Verdict{Standing: StandingSame, Proof: "eTag"}
	differs := func(what string, yes bool) {
		if yes {
			l.Differs = append(l.Differs, what)
		}
	}
	differs("size", s.Size != r.Size)
	switch {
	case r.Checksum != "" && s.Checksum != "":
		l.Proof = "checksum"
		differs("checksum", s.Checksum != r.Checksum)
	case r.ETag != "" && s.ETag != "":
		differs("eTag", s.ETag != r.ETag)
	default: // the size alone proves nothing
		l.Standing, l.Proof = StandingUnknown, ""
	}
	differs("owner", s.Attempt != "" && s.Attempt != r.Attempt)
	differs("encryption", s.Encryption != "" && r.Encryption != "" && s.Encryption != r.Encryption)
	switch {
	case len(l.Differs) > 0:
		l.Standing, l.Proof = StandingAnother, ""
	case l.Standing == StandingUnknown:
		l.Code = CodeBadResponse
	}
	return l
}
