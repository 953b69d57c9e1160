package history

import (
	"cmp"
	"context"
	"slices"
	"time"

	"longshore/uploader"
)

// Found is an answer: receipts as they are shown, and where the next ones begin.
type Found struct {
	Receipts []uploader.Receipt
	Next     uploader.HistoryMark // the Before of the next question
	More     bool                 // there may be older ones
}

// most is how many receipts of one minute are put into order; more than that are shown in stretches.
const most = 4000

// Read asks for what a query finds, about q.Limit of it, and puts it into the order in which it is shown: the newest
// minute first, within a minute each drop by itself, and a drop's files by their names. They are sent side by side, so
// that the order in which they came to an end says nothing to a person. A minute is not torn in two between answers.
// It is called off the UI goroutine.
func Read(ctx context.Context, ask func(context.Context, uploader.HistoryQuery) ([]uploader.Receipt, error), q uploader.HistoryQuery) (Found, error) {
	q.Limit++ // one more shows whether a minute is whole
	var f Found
	for {
		got, err := ask(ctx, q)
		if err != nil {
			return Found{}, err
		}
		f.Receipts = append(f.Receipts, got...)
		if f.More = len(got) >= q.Limit; !f.More {
			break
		}
		q.Before = got[len(got)-1].Mark()
		if whole := wholeMinutes(f.Receipts); whole > 0 {
			f.Receipts = f.Receipts[:whole]
			break
		}
		if len(f.Receipts) > most {
			break
		}
	}
	if n := len(f.Receipts); n > 0 {
		f.Next = f.Receipts[n-1].Mark()
	}
	slices.SortStableFunc(f.Receipts, byMinute)
	return f, nil
}

func minute(r *uploader.Receipt) int64 { return r.FinishedAt.Truncate(time.Minute).Unix() }

// wholeMinutes is how many receipts come before those of the last minute.
func wholeMinutes(list []uploader.Receipt) int {
	n := len(list) - 1
	last := minute(&list[n])
	for n > 0 && minute(&list[n-1]) == last {
		n--
	}
	return n
}

func byMinute(a, b uploader.Receipt) int {
	if c := cmp.Compare(minute(&b), minute(&a)); c != 0 {
		return c
	}
	if c := cmp.Compare(b.Batch, a.Batch); c != 0 { // ids rise with time
		return c
	}
	return cmp.Or(uploader.CompareNames(name(&a), name(&b)), b.FinishedAt.Compare(a.FinishedAt), cmp.Compare(a.Job, b.Job))
}

func name(r *uploader.Receipt) string { return cmp.Or(r.RelPath, r.Path) }
