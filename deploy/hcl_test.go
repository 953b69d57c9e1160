package deploy

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// configuration is a parsed folder of Terraform files.
type configuration struct {
	variables, locals, outputs map[string]hcl.Expression // of variables the default; nil without one
	variableBlocks             map[string]*hclsyntax.Block
	resources                  map[string]*hclsyntax.Block // type.name
}

// readSources gives the files of deploy/terraform.
func readSources(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("terraform/*.tf")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no Terraform files: %v", err)
	}
	out := map[string]string{}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(p)] = string(text)
	}
	return out
}

func parse(sources map[string]string) (*configuration, error) {
	c := &configuration{
		variables: map[string]hcl.Expression{}, locals: map[string]hcl.Expression{}, outputs: map[string]hcl.Expression{},
		variableBlocks: map[string]*hclsyntax.Block{}, resources: map[string]*hclsyntax.Block{},
	}
	parser := hclparse.NewParser()
	for name, text := range sources {
		file, diags := parser.ParseHCL([]byte(text), name)
		if diags.HasErrors() {
			return nil, diags
		}
		for _, b := range file.Body.(*hclsyntax.Body).Blocks {
			c.add(b)
		}
	}
	return c, nil
}

func (c *configuration) add(b *hclsyntax.Block) {
	switch b.Type {
	case "variable":
		c.variableBlocks[b.Labels[0]] = b
		c.variables[b.Labels[0]] = nil
		if a, ok := b.Body.Attributes["default"]; ok {
			c.variables[b.Labels[0]] = a.Expr
		}
	case "locals":
		for name, a := range b.Body.Attributes {
			c.locals[name] = a.Expr
		}
	case "output":
		c.outputs[b.Labels[0]] = b.Body.Attributes["value"].Expr
	case "resource":
		c.resources[b.Labels[0]+"."+b.Labels[1]] = b
	}
}

// stage is a configuration with the values of its variables, as Terraform would
// see it after it has made the resources.
type stage struct {
	*configuration
	eval *hcl.EvalContext
}

// on evaluates the configuration with the variables given; all others have
// their defaults. made are the resources and data that expressions may name.
func (c *configuration) on(vars map[string]cty.Value, made map[string]cty.Value) (*stage, error) {
	values := map[string]cty.Value{}
	for name, expr := range c.variables {
		if v, ok := vars[name]; ok {
			values[name] = v
		} else if expr != nil {
			v, diags := expr.Value(nil)
			if diags.HasErrors() {
				return nil, diags
			}
			values[name] = v
		}
	}
	eval := &hcl.EvalContext{Functions: functions(), Variables: maps.Clone(made)}
	eval.Variables["var"] = cty.ObjectVal(values)
	s := &stage{c, eval}
	return s, s.settleLocals()
}

// settleLocals evaluates locals until nothing more can be: they name each other
// in any order.
func (s *stage) settleLocals() error {
	known := map[string]cty.Value{}
	for {
		s.eval.Variables["local"] = cty.ObjectVal(known)
		before := len(known)
		var last error
		for name, expr := range s.locals {
			if _, ok := known[name]; ok {
				continue
			}
			v, diags := expr.Value(s.eval)
			if diags.HasErrors() {
				last = fmt.Errorf("local.%s: %w", name, diags)
				continue
			}
			known[name] = v
		}
		if len(known) == len(s.locals) {
			s.eval.Variables["local"] = cty.ObjectVal(known)
			return nil
		}
		if len(known) == before {
			return last
		}
	}
}

// exists tells whether the resource's count is not 0.
func (s *stage) exists(resource string) (bool, error) {
	b, ok := s.resources[resource]
	if !ok {
		return false, fmt.Errorf("there is no resource %s", resource)
	}
	count, ok := b.Body.Attributes["count"]
	if !ok {
		return true, nil
	}
	v, diags := count.Expr.Value(s.eval)
	if diags.HasErrors() {
		return false, diags
	}
	return !v.RawEquals(cty.NumberIntVal(0)), nil
}

// attribute evaluates an attribute of a resource, or of a block in it.
func (s *stage) attribute(resource string, path ...string) (cty.Value, error) {
	b, ok := s.resources[resource]
	if !ok {
		return cty.NilVal, fmt.Errorf("there is no resource %s", resource)
	}
	body := b.Body
	for _, name := range path[:len(path)-1] {
		i := slices.IndexFunc(body.Blocks, func(b *hclsyntax.Block) bool { return b.Type == name })
		if i < 0 {
			return cty.NilVal, fmt.Errorf("%s has no block %s", resource, name)
		}
		body = body.Blocks[i].Body
	}
	a, ok := body.Attributes[path[len(path)-1]]
	if !ok {
		return cty.NilVal, fmt.Errorf("%s has no %v", resource, path)
	}
	v, diags := a.Expr.Value(s.eval)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	return v, nil
}

// functions are those of Terraform's that the files use.
func functions() map[string]function.Function {
	return map[string]function.Function{
		"can": tryfunc.CanFunc, "concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc, "flatten": stdlib.FlattenFunc,
		"floor": stdlib.FloorFunc, "join": stdlib.JoinFunc, "jsonencode": stdlib.JSONEncodeFunc, "length": stdlib.LengthFunc,
		"lookup": stdlib.LookupFunc, "merge": stdlib.MergeFunc, "regex": stdlib.RegexFunc, "reverse": stdlib.ReverseListFunc,
		"slice": stdlib.SliceFunc, "split": stdlib.SplitFunc, "tostring": stdlib.MakeToFunc(cty.String),
		"one": one(), "alltrue": allTrue(),
	}
}

// one is Terraform's: the only element, or null.
func one() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			switch args[0].LengthInt() {
			case 0:
				return cty.NullVal(cty.String), nil
			case 1:
				return args[0].AsValueSlice()[0], nil
			}
			return cty.NilVal, fmt.Errorf("more than one")
		},
	})
}

// allTrue is Terraform's.
func allTrue() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(!slices.ContainsFunc(args[0].AsValueSlice(), cty.Value.False)), nil
		},
	})
}
