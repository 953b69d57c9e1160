package store

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"longshore/uploader"
)

func TestTimesKeepTheirInstant(t *testing.T) {
	for _, at := range []time.Time{{}, time.Unix(0, 0), now, time.Date(1601, 1, 1, 0, 0, 0, 100, time.UTC), time.Date(2446, 5, 10, 0, 0, 0, 1, time.UTC),
		now.In(time.FixedZone("x", 7200))} {
		b, err := decode(batchFields, encode(batchFields, uploader.Batch{ID: "b", AddedAt: at}))
		if err != nil || !b.AddedAt.Equal(at) || b.AddedAt.IsZero() != at.IsZero() {
			t.Errorf("%v became %v, %v", at, b.AddedAt, err)
		}
	}
}

// A later version may add fields at the end: records from before read as zero there, records from after are understood.
func TestFieldsMayBeAddedAtTheEnd(t *testing.T) {
	type wider struct {
		uploader.Batch
		note  string
		since time.Time
	}
	fields := func(c *coder, w *wider) {
		batchFields(c, &w.Batch)
		text(c, &w.note)
		c.time(&w.since)
	}
	old, err := decode(fields, encode(batchFields, aBatch(1)))
	if err != nil || old.Batch != aBatch(1) || old.note != "" || !old.since.IsZero() {
		t.Errorf("%+v, %v", old, err)
	}
	b, err := decode(batchFields, encode(fields, wider{aBatch(1), "n", now}))
	if err != nil || b != aBatch(1) {
		t.Errorf("%+v, %v", b, err)
	}
}

// Every field of every record comes back: a field added to a type and forgotten in fields.go fails here.
func TestEveryFieldIsStored(t *testing.T) {
	roundTrip(t, vaultFields)
	roundTrip(t, batchFields)
	roundTrip(t, entryFields)
	roundTrip(t, jobFields)
	roundTrip(t, attemptFields)
	roundTrip(t, tombstoneFields)
	roundTrip(t, func(c *coder, r *uploader.Receipt) {
		receiptFields(c, r)
		text(c, &r.ManifestKey) // no part of the record: History fills it in
	})
	want := storedPart{"u", fill[uploader.Part](t)}
	if got, err := decode(partFields, encode(partFields, want)); err != nil || got != want {
		t.Errorf("%+v became %+v, %v", want, got, err)
	}
}

func roundTrip[T any](t *testing.T, fields func(*coder, *T)) {
	t.Helper()
	want := fill[T](t)
	got, err := decode(fields, encode(fields, want))
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, want)
}

// fill makes a T whose every field is set, each to another value.
func fill[T any](t *testing.T) T {
	t.Helper()
	var v T
	n := int64(1000)
	fillValue(t, reflect.ValueOf(&v).Elem(), &n)
	return v
}

func fillValue(t *testing.T, v reflect.Value, n *int64) {
	t.Helper()
	*n++
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Unix(*n, *n).UTC()))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64, reflect.Int32:
		v.SetInt(-*n)
	case reflect.Uint64:
		v.SetUint(1<<63 + uint64(*n))
	case reflect.Uint8:
		v.SetUint(200 + uint64(*n)%50)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fillValue(t, v.Index(i), n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fillValue(t, v.Field(i), n)
		}
	default:
		t.Fatalf("a record holds a %s: teach fields.go and this test", v.Type())
	}
}

func encode[T any](fields func(*coder, *T), v T) []byte {
	c := coder{out: make([]byte, 0, 512)}
	fields(&c, &v)
	return c.out
}
