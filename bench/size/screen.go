//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// screen is an X server that nobody sees, with a window manager. Its picture lies in a file that is mapped here: to look
// at it costs the programs on it nothing.
type screen struct {
	server, manager *program
	env             []string
	home            string
	picture         []byte // the pixels, four bytes each
	seed            maphash.Seed
}

const (
	wide, high = 1280, 800
	// The middle of the screen, which is inside the window wherever the window manager puts it.
	left, right, top, bottom = 180, 1100, 330, 640
)

func newScreen(ctx context.Context, home string) (s *screen, err error) {
	s = &screen{home: home, seed: maphash.MakeSeed()}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	server := exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", wide, high), "-fbdir", home, "-nolisten", "tcp", "-noreset")
	server.ExtraFiles = []*os.File{write}
	s.server = &program{ctx: ctx, cmd: server, done: make(chan struct{})}
	if err := server.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(s.server.done)
		_ = server.Wait() // how it ended does not matter
	}()
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := write.Close(); err != nil {
		return nil, err
	}
	display, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("a screen did not start: %w", err)
	}
	s.env = []string{
		"HOME=" + home, "LC_ALL=C.UTF-8", "XDG_RUNTIME_DIR=" + home, "LIBGL_ALWAYS_SOFTWARE=1", "DISPLAY=:" + strings.TrimSpace(display),
		// Nobody is there. Without an address the toolkit starts a bus of its own, which stays when all is over.
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(home, "no-bus"),
	}
	if s.manager, err = launch(ctx, s.env, "openbox"); err != nil {
		return nil, err
	}
	if err := s.managed(ctx); err != nil {
		return nil, err
	}
	return s, s.mapPicture()
}

// managed waits for the window manager: one that is just starting may forget to show a window, and GLFW waits for that
// for ever.
func (s *screen) managed(ctx context.Context) error {
	for ctx.Err() == nil {
		if _, _, err := ran(ctx, s.env, "wmctrl", "-m"); err == nil {
			return nil
		}
		pause(ctx, 20*time.Millisecond)
	}
	return ctx.Err()
}

// mapPicture finds the pixels in the server's file, which is in XWD form: a header, a table of colours, pixels.
func (s *screen) mapPicture() error {
	f, err := os.Open(filepath.Join(s.home, "Xvfb_screen0"))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	all, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return err
	}
	header, colours := int(binary.BigEndian.Uint32(all)), int(binary.BigEndian.Uint32(all[19*4:]))
	if s.picture = all[header+colours*12:]; len(s.picture) < wide*high*4 {
		return errors.New("the screen's file is too short")
	}
	return nil
}

func (s *screen) close() {
	if s.manager != nil {
		s.manager.stop()
	}
	s.server.stop()
}

// drawn tells that the window is: smooth text and icons have hundreds of colours, the window manager's own popup a dozen.
func (s *screen) drawn() bool { return s.colours() >= manyColours }

const manyColours = 60

// colours counts the colours in the middle of the screen, up to manyColours.
func (s *screen) colours() int {
	seen := map[uint32]bool{}
	for y := top; y < bottom && len(seen) < manyColours; y += 3 {
		for x := left; x < right; x++ {
			seen[binary.LittleEndian.Uint32(s.picture[(y*wide+x)*4:])] = true
		}
	}
	return len(seen)
}

// hash tells pictures of the middle of the screen apart.
func (s *screen) hash() uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	for y := top; y < bottom; y += 5 {
		_, _ = h.Write(s.picture[(y*wide+left)*4 : (y*wide+right)*4]) // never fails
	}
	return h.Sum64()
}

// frames notes when the picture changes until ctx ends.
func (s *screen) frames(ctx context.Context) (at []time.Time) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	last := s.hash()
	for {
		select {
		case <-ctx.Done():
			return at
		case now := <-tick.C:
			if h := s.hash(); h != last {
				last, at = h, append(at, now)
			}
		}
	}
}

// hand moves the mouse and presses keys.
func (s *screen) hand(ctx context.Context, args ...string) error {
	_, _, err := ran(ctx, s.env, "xdotool", args...)
	return err
}
