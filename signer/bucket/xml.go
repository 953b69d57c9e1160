package bucket

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// namespace is that of all of S3's XML (AWS docs, API reference).
const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// element is an XML element with all that is in it, known to us or not. Order,
// names and values survive being read and written; comments and the spaces
// between elements do not.
type element struct {
	Name     string
	Attrs    []xml.Attr // without namespace declarations
	Text     string     // of an element without children, as it is
	Children []*element
}

// errXML says that a document is not what S3 sends. Nothing is written over it.
// Its text is for the administrator.
var errXML = errors.New("the setting is not XML as S3 writes it")

// parseXML reads a document; nil for no bytes.
func parseXML(body []byte) (*element, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	var root *element
	var open []*element
	dec := xml.NewDecoder(bytes.NewReader(body))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) && root != nil && len(open) == 0 {
			return root, nil
		}
		if err != nil {
			return nil, errXML
		}
		switch t := tok.(type) {
		case xml.StartElement:
			e := &element{Name: t.Name.Local}
			if t.Name.Space != "" && t.Name.Space != namespace {
				return nil, errXML // would be written back as something else
			}
			for _, a := range t.Attr {
				switch {
				case a.Name.Local == "xmlns" || a.Name.Space == "xmlns":
				case a.Name.Space != "":
					return nil, errXML
				default:
					e.Attrs = append(e.Attrs, a)
				}
			}
			switch {
			case len(open) > 0:
				parent := open[len(open)-1]
				parent.Children, parent.Text = append(parent.Children, e), ""
			case root != nil:
				return nil, errXML
			default:
				root = e
			}
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && len(open[len(open)-1].Children) == 0 {
				open[len(open)-1].Text += string(t)
			}
		}
	}
}

// bytes writes the document.
func (e *element) bytes() []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e.write(&b, ` xmlns="`+namespace+`"`)
	return b.Bytes()
}

func (e *element) write(b *bytes.Buffer, declare string) {
	b.WriteString("<" + e.Name + declare)
	for _, a := range e.Attrs {
		b.WriteString(" " + a.Name.Local + `="`)
		_ = xml.EscapeText(b, []byte(a.Value)) // a Buffer takes everything
		b.WriteString(`"`)
	}
	b.WriteString(">")
	if len(e.Children) == 0 {
		_ = xml.EscapeText(b, []byte(e.Text))
	}
	for _, c := range e.Children {
		c.write(b, "")
	}
	b.WriteString("</" + e.Name + ">")
}

// node makes an element with children, leaf one with text.
func node(name string, children ...*element) *element {
	return &element{Name: name, Children: children}
}

func leaf(name, text string) *element { return &element{Name: name, Text: text} }

// all gives the children of that name.
func (e *element) all(name string) []*element {
	var found []*element
	if e != nil {
		for _, c := range e.Children {
			if c.Name == name {
				found = append(found, c)
			}
		}
	}
	return found
}

// at goes down the path; nil where there is nothing.
func (e *element) at(path ...string) *element {
	for _, name := range path {
		found := e.all(name)
		if len(found) == 0 {
			return nil
		}
		e = found[0]
	}
	return e
}

// text is the trimmed text at the path; "" where there is nothing.
func (e *element) text(path ...string) string {
	if found := e.at(path...); found != nil {
		return strings.TrimSpace(found.Text)
	}
	return ""
}

// set puts a child in the place of those of its name, else at the end.
func (e *element) set(child *element) {
	for i, c := range e.Children {
		if c.Name == child.Name {
			e.Children[i] = child
			return
		}
	}
	e.Children = append(e.Children, child)
}
