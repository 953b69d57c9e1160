package sim

import "testing"

// TestSeedsThatFoundSomething replays the seeds that found a fault while this simulation was made. A seed draws
// something else when the draws change; each fault therefore also has a test that asks for it alone, named here.
func TestSeedsThatFoundSomething(t *testing.T) {
	for name, seed := range map[string]uint64{
		"an old URL stalls the last file (uploader.TestAnOldURLIsReplacedThoughNothingElseHappens)":             249,
		"a wake finishes a file twice (uploader.TestWakeWhileAFinishedObjectWaitsForTheJournal)":                106,
		"a wake and a backoff meet (uploader.TestWakeWhileASinglePutBacksOff)":                                  144,
		"an MD5 vault has no sum to look for (uploader.TestACompletedMD5UploadIsFoundAfterACrash)":              244,
		"a Create delivered twice (signer.TestUploadsNobodyWasToldOfEndToo)":                                    69,
		"siblings outlive a Complete that was not heard (uploader.TestAnUploadFoundByALookIsAbortedOnceMore)":   932,
		"a late Create, cancelled (uploader.TestALateCreateIsClearedAway)":                                      2197,
		"a late Create, crashed (uploader.TestALateCreateIsClearedAway)":                                        698,
		"a vanished file keeps the turn to probe (uploader.TestAFileThatVanishedHandsItsTurnOn)":                200657,
		"a living upload denied again and again (uploader.TestAnUploadDeniedNowAndThenGoesOn)":                  3633,
		"late answers meet the parts of the next round (uploader.TestLateAnswersAfterALook)":                    19,
		"a part on its way to the journal is sent again (uploader.TestAPartOnItsWayToTheJournalIsNotSentAgain)": 545,
		"what waits for an empty barrier never goes on":                                                         100,
		"a folder that is gone": 1676,
	} {
		t.Run(name, func(t *testing.T) {
			if w := simulate(t, seed, storeFolder(t, raceDetector), false); !w.trace.holds() {
				report(t, w, true)
			}
		})
	}
}
