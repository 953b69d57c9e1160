package reveal

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// show gives Explorer its command line as it wants it: quoted behind the comma, which Go's own quoting would not do.
// A Windows path holds no quotation mark.
func show(ctx context.Context, path string) error { return explorer(ctx, `/select,"`+path+`"`) }

func open(ctx context.Context, dir string) error { return explorer(ctx, `"`+dir+`"`) }

// explorer ends with 1 when all is well.
func explorer(ctx context.Context, arguments string) error {
	program := filepath.Join(os.Getenv("SystemRoot"), "explorer.exe")
	cmd := exec.Command(program) //nolint:noctx,gosec // Windows' own; it outlives who asked
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `"` + program + `" ` + arguments}
	err := run(ctx, cmd, askWait)
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return nil
	}
	return err
}
