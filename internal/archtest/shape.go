package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// MaxLines is how long a file may be: about what one reads in a sitting.
const MaxLines = 450

// CheckLines returns one sentence for each file that is too long.
func CheckLines(files []File) []string {
	var found []string
	for _, f := range files {
		if f.Lines > MaxLines {
			found = append(found, fmt.Sprintf("%s has %d lines, more than %d: one idea per file, so that it can be read in a sitting", f.Path, f.Lines, MaxLines))
		}
	}
	return found
}

// CheckNames returns one sentence for each package with a name that says
// nothing.
func CheckNames(files []File) []string {
	empty := []string{"util", "utils", "helper", "helpers", "common", "misc"}
	var found []string
	for _, f := range files {
		if slices.Contains(empty, strings.TrimSuffix(f.Package, "_test")) {
			found = append(found, fmt.Sprintf("%s: package %s says nothing of what is in it; name it after what it does", f.Path, f.Package))
		}
	}
	return found
}

// CheckComments returns one sentence for each folder whose package has no
// comment. In a folder with product code the comment is in a product file.
func CheckComments(files []File) []string {
	type folder struct{ product, productDoc, testDoc bool }
	folders := map[string]*folder{}
	var order []string
	for _, f := range files {
		d := folders[f.Dir]
		if d == nil {
			d = &folder{}
			folders[f.Dir] = d
			order = append(order, f.Dir)
		}
		if f.Test {
			d.testDoc = d.testDoc || f.Doc
			continue
		}
		d.product = true
		d.productDoc = d.productDoc || f.Doc
	}
	var found []string
	for _, dir := range order {
		d := folders[dir]
		if !d.productDoc && (d.product || !d.testDoc) {
			found = append(found, dir+": the package has no comment; say what it is for and what it must not know")
		}
	}
	return found
}
