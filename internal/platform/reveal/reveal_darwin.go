package reveal

import (
	"context"
	"os/exec"
)

func show(ctx context.Context, path string) error {
	return run(ctx, exec.Command("/usr/bin/open", "-R", path), askWait) //nolint:noctx,gosec // path is absolute, hence no flag
}

func open(ctx context.Context, dir string) error {
	return run(ctx, exec.Command("/usr/bin/open", dir), askWait) //nolint:noctx,gosec // as above
}
