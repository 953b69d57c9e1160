package signer

import "testing"

func TestBodiesAreCounted(t *testing.T) {
	b := newBodies(16)
	for _, p := range []Principal{"a", "b", "c"} {
		if ok, _ := b.take(p, 4); !ok {
			t.Fatalf("%s had a share", p)
		}
	}
	if ok, all := b.take("a", 1); ok || all {
		t.Errorf("more than a share: %v %v", ok, all)
	}
	if ok, _ := b.take("d", 3); !ok {
		t.Error("d had a share")
	}
	if ok, all := b.take("e", 2); ok || !all {
		t.Errorf("more than there is: %v %v", ok, all)
	}
	one := b.begin("e")
	one.keep()
	if ok, _ := b.take("e", 1); !ok {
		t.Fatal("one byte was left")
	}
	one.bytes = 1
	one.letGo()
	if b.bytes() != 16 {
		t.Errorf("%d bytes held while somebody keeps them", b.bytes())
	}
	one.letGo()
	for p, n := range map[Principal]int64{"a": 4, "b": 4, "c": 4, "d": 3} {
		b.give(p, n)
	}
	if b.bytes() != 0 || len(b.by) != 0 {
		t.Errorf("%d bytes of %d principals stay", b.bytes(), len(b.by))
	}
}
