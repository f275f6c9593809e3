package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// summaryAt says which argument of a call is the summary of an error.
var summaryAt = map[string]int{
	"AddError": 0, "AddAttributeError": 1, "NewErrorDiagnostic": 0, "NewAttributeErrorDiagnostic": 1, "Reject": 2,
}

// production parses the files of the provider, without its tests.
func production(t *testing.T) (*token.FileSet, []*ast.File) {
	t.Helper()
	files, set := []*ast.File{}, token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() &&
			(entry.Name() == "localaws" || entry.Name() == "providertest" || entry.Name() == "tools" ||
				entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			file, err := parser.ParseFile(set, path, nil, 0)
			files = append(files, file)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return set, files
}

// The summary of an error is what users search for, so it is one literal at one
// place. Only framework and lifecycle hand summaries on; framework.Warn makes its own.
func TestSource_summariesAreUniqueLiterals(t *testing.T) {
	t.Parallel()
	set, files := production(t)
	seen := map[string]token.Position{}
	for _, file := range files {
		ast.Inspect(file, func(node ast.Node) bool {
			for _, summary := range summariesOf(node) {
				judgeSummary(t, set.Position(summary.Pos()), summary, seen)
			}
			return true
		})
	}
	if len(seen) < 20 {
		t.Errorf("only %d summaries were found", len(seen))
	}
}

func judgeSummary(t *testing.T, at token.Position, summary ast.Expr, seen map[string]token.Position) {
	t.Helper()
	literal, ok := summary.(*ast.BasicLit)
	if !ok {
		if file := filepath.ToSlash(
			at.Filename,
		); !strings.HasSuffix(file, "framework/diagnostics.go") &&
			!strings.Contains(file, "lifecycle/") {
			t.Errorf("%s: the summary of an error is not a literal", at)
		}
		return
	}
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		t.Error(err)
	}
	if other, again := seen[text]; again {
		t.Errorf("%s: %q is the summary of another error at %s", at, text, other)
	}
	if text == "" || strings.HasSuffix(text, ".") || strings.ToUpper(text[:1]) != text[:1] {
		t.Errorf("%s: %q is no summary", at, text)
	}
	seen[text] = at
}

// summariesOf are those in a call that adds an error, in a framework.Failure, and in
// the lifecycle.Failures of a type.
func summariesOf(node ast.Node) []ast.Expr {
	switch typed := node.(type) {
	case *ast.CallExpr:
		selector, ok := typed.Fun.(*ast.SelectorExpr)
		if !ok {
			return nil
		}
		if index, ok := summaryAt[selector.Sel.Name]; ok && index < len(typed.Args) {
			return typed.Args[index : index+1]
		}
	case *ast.KeyValueExpr:
		if key, ok := typed.Key.(*ast.Ident); ok && key.Name == "Summary" {
			return []ast.Expr{typed.Value}
		}
	case *ast.CompositeLit:
		selector, ok := typed.Type.(*ast.SelectorExpr)
		if !ok || selector.Sel.Name != "Failures" {
			return nil
		}
		var summaries []ast.Expr
		for _, element := range typed.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				summaries = append(summaries, pair.Value)
			}
		}
		return summaries
	}
	return nil
}

// Warnings of equal summary are merged by Terraform, so they carry object and fact
// (framework.Warn). The two of the provider block are about the block itself.
func TestSource_warningsNameTheirObject(t *testing.T) {
	t.Parallel()
	set, files := production(t)
	for _, file := range files {
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || selector.Sel.Name != "AddWarning" && selector.Sel.Name != "AddAttributeWarning" {
				return true
			}
			name := filepath.ToSlash(set.Position(call.Pos()).Filename)
			if !strings.HasSuffix(name, "framework/diagnostics.go") && !strings.HasSuffix(name, "provider/provider.go") {
				t.Errorf("%s: warn through framework.Warn", set.Position(call.Pos()))
			}
			return true
		})
	}
}
