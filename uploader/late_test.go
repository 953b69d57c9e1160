package uploader_test

import (
	"fmt"
	"testing"
	"time"

	"longshore/internal/fault"
	"longshore/uploader"
)

// One part hears that the upload is gone, though it lives, while the answers of others are still on their way: late
// answers must neither meet the parts of the next round nor complete the job twice.
func TestLateAnswersAfterALook(t *testing.T) {
	for _, answer := range []fault.Fault{
		{Status: 404, S3Code: "NoSuchUpload"},
		{Status: 409, S3Code: "ConditionalRequestConflict"},
		{DropAnswer: true},
	} {
		for late := time.Duration(0); late <= 60*time.Millisecond; late += 3 * time.Millisecond {
			t.Run(fmt.Sprint(answer.Status, " ", late), func(t *testing.T) {
				inWorld(t, fault.VaultOptions{Latency: 7 * time.Millisecond}, func(w *world) {
					data := w.write("/file.bin", 12*partSize)
					w.vault.Faults.Add(fault.OpPutPart, fault.Fault{Delay: late}, answer, fault.Fault{Delay: late / 2}, fault.Fault{Delay: 2 * late})
					if answer.DropAnswer {
						w.vault.Faults.Add(fault.OpListParts, fault.Fault{Code: uploader.CodeNoSuchUpload})
					}
					w.add("/file.bin")
					w.settled()
					w.stored("file.bin", data)
					w.nothingOpen()
					w.sentOnce()
				})
			})
		}
	}
}
