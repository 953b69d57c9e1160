package support

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"longshore/app"
)

// mostText is how much of a log or crash log is taken, from its end, in bytes.
const mostText = 2 << 20

// tail reads the end of a file, from the beginning of a line.
func tail(path string) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the state folder's own file
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	skip := max(info.Size()-mostText, 0)
	data, err := io.ReadAll(io.NewSectionReader(file, skip, mostText))
	if i := bytes.IndexByte(data, '\n'); skip > 0 && i >= 0 {
		data = data[i+1:]
	}
	return data, err
}

// log adds a log: of each record the values, redacted once more. A line that is no record is left out.
func (b *bundle) log(dir, name string) {
	data, err := tail(filepath.Join(dir, name))
	if err != nil {
		b.missing(name, err)
		return
	}
	var out bytes.Buffer
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, mostText+1)
	for lines.Scan() && b.ctx.Err() == nil {
		var record any
		if json.Unmarshal(lines.Bytes(), &record) != nil {
			continue
		}
		line, err := json.Marshal(b.clean(record))
		if err != nil {
			continue
		}
		out.Write(line)
		out.WriteByte('\n')
	}
	b.text(name+".jsonl", out.String())
}

// clean hides what the texts of a JSON value must not show. The keys are those that the program wrote.
func (b *bundle) clean(v any) any {
	switch v := v.(type) {
	case string:
		return b.names.hide(v)
	case []any:
		for i := range v {
			v[i] = b.clean(v[i])
		}
	case map[string]any:
		for key, value := range v {
			if key != "time" && key != "level" {
				v[key] = b.clean(value)
			}
		}
	}
	return v
}

// crash adds what the runtime printed when the program crashed, line by line.
func (b *bundle) crash(dir, name string) {
	data, err := tail(filepath.Join(dir, name))
	if err != nil {
		b.missing(name, err)
		return
	}
	var out bytes.Buffer
	for line := range bytes.Lines(data) {
		if b.ctx.Err() != nil {
			break
		}
		out.WriteString(b.names.hide(string(bytes.TrimRight(line, "\r\n"))))
		out.WriteByte('\n')
	}
	b.text(name+".txt", out.String())
}

// missing says why a file is not there; one that never was is nothing to say.
func (b *bundle) missing(name string, err error) {
	if !errors.Is(err, fs.ErrNotExist) {
		b.text(name+".missing.txt", app.Explain(err).Detail+"\n")
	}
}
