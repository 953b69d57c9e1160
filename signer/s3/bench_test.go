package s3

import (
	"testing"
	"time"

	"longshore/signer"
)

// BenchmarkPresignPart is the inner loop of DESIGN §7's "15,000 URLs/s on one core".
func BenchmarkPresignPart(b *testing.B) {
	st, err := New(b.Context(), Config{Bucket: "vault", Region: "eu-central-1", AccessKey: "AKIDEXAMPLE", SecretKey: "secret"})
	if err != nil {
		b.Fatal(err)
	}
	size := int64(16 << 20)
	in := signer.PartInput{
		UploadKey:  signer.UploadKey{Key: "uploads/local/2026-01-01/01ARZ3NDEKTSV4RRFFQ69G5FAV/folder/a file.dcm", UploadID: "2~VXBsb2FkSWQ"},
		PartNumber: 7, Size: &size, CRC64NVME: "AAAAAAAAAAA=", Lifetime: 15 * time.Minute,
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := st.PresignPart(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}
