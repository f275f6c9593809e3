package framework

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// KeyKind is what the value of a key of a function's object must be.
type KeyKind int

// The kinds of key. Texts takes a list, a set or a tuple.
const (
	OneText KeyKind = iota
	ManyTexts
	Flag
)

func (k KeyKind) String() string {
	return [...]string{"text", "list of texts", "true or false"}[k]
}

// FunctionKey is one key of the object that a function takes.
type FunctionKey struct {
	Name string
	Kind KeyKind
	// Required keys must be there, and not be null or empty.
	Required bool
	// Default is the value of an absent OneText, On that of an absent Flag.
	Default string
	On      bool
	// Description is a sentence for the documentation.
	Description string
}

// ObjectFunction is a provider function that takes one object and answers text. It
// asks nobody: all that it needs is in the object.
//
// An object is used because its keys are named where the function is called, and
// may be left out. Terraform itself would pass an object with a misspelled key on, so
// the keys are checked here: every unknown, missing or wrongly typed one is named.
// While a value is not known yet, neither is the answer.
type ObjectFunction struct {
	Name string
	// Purpose is one sentence; Description is Markdown, and the keys follow it.
	Purpose, Description string
	Keys                 []FunctionKey
	// Build makes the text, or BuildMap a map of texts; its error is what the user reads.
	Build    func(FunctionArguments) (string, error)
	BuildMap func(FunctionArguments) (map[string]string, error)
}

var _ function.Function = ObjectFunction{}

// Metadata names the function.
func (f ObjectFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = f.Name
}

// Definition is one dynamic parameter; the keys are described in Markdown, because
// the type of an object would make all of them required.
func (f ObjectFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	lines := []string{f.Description, "", "Keys of the object:", ""}
	for _, key := range f.Keys {
		lines = append(lines, fmt.Sprintf("- `%s` (%s): %s", key.Name, key.facts(), key.Description))
	}
	resp.Definition = function.Definition{
		MarkdownDescription: strings.Join(lines, "\n"),
		Parameters: []function.Parameter{function.DynamicParameter{
			Name: "arguments", MarkdownDescription: "Object with the keys " + strings.Join(f.names(), ", ") + ".",
		}},
		Return: function.StringReturn{},
	}
	if f.BuildMap != nil {
		resp.Definition.Return = function.MapReturn{ElementType: types.StringType}
	}
	resp.Definition.Summary = f.Purpose
}

// Run reads the object and answers the text.
func (f ObjectFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var given types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &given); resp.Error != nil {
		return
	}
	if !WhollyKnown(ctx, given) {
		if f.BuildMap != nil {
			resp.Error = resp.Result.Set(ctx, types.MapUnknown(types.StringType))
			return
		}
		resp.Error = resp.Result.Set(ctx, types.StringUnknown())
		return
	}
	arguments, problems := f.read(given)
	if len(problems) > 0 {
		resp.Error = function.NewArgumentFuncError(0, strings.Join(problems, "\n"))
		return
	}
	result, err := f.build(arguments)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, Sentence(err))
		return
	}
	resp.Error = resp.Result.Set(ctx, result)
}

func (f ObjectFunction) build(arguments FunctionArguments) (any, error) {
	if f.BuildMap != nil {
		return f.BuildMap(arguments)
	}
	return f.Build(arguments)
}

func (f ObjectFunction) names() []string {
	names := make([]string, len(f.Keys))
	for i, key := range f.Keys {
		names[i] = key.Name
	}
	slices.Sort(names)
	return names
}

// read checks the object against the keys and says all that is wrong with it.
func (f ObjectFunction) read(given types.Dynamic) (FunctionArguments, []string) {
	arguments := FunctionArguments{texts: map[string]string{}, lists: map[string][]string{}, flags: map[string]bool{}}
	var values map[string]attr.Value
	switch typed := plainValue(given).(type) {
	case types.Object:
		values = typed.Attributes()
	case types.Map:
		values = typed.Elements()
	default:
		return arguments, []string{fmt.Sprintf(
			"The function %s takes one object, not %s. Its keys: %s.", f.Name, describeValue(typed), strings.Join(f.names(), ", "))}
	}
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(f.names(), name) {
			problems = append(problems, fmt.Sprintf("Unknown key %q; the keys are %s.", Escape(name), strings.Join(f.names(), ", ")))
		}
	}
	for _, key := range f.Keys {
		if problem := arguments.take(key, plainValue(values[key.Name])); problem != "" {
			problems = append(problems, problem)
		}
	}
	return arguments, problems
}

func (k FunctionKey) facts() string {
	facts := k.Kind.String()
	switch {
	case k.Required:
		facts += ", required"
	case k.Kind == Flag:
		facts += fmt.Sprintf(", default `%t`", k.On)
	case k.Default != "":
		facts += fmt.Sprintf(", default `%s`", k.Default)
	}
	return facts
}

// FunctionArguments are the checked values of an object. A getter for a key that
// the function does not declare answers the zero value.
type FunctionArguments struct {
	texts map[string]string
	lists map[string][]string
	flags map[string]bool
}

// Text is the value of a OneText key, its default where absent.
func (a FunctionArguments) Text(key string) string { return a.texts[key] }

// Texts are the values of a ManyTexts key in their order, nil where absent.
func (a FunctionArguments) Texts(key string) []string { return a.lists[key] }

// Flag is the value of a Flag key, its default where absent.
func (a FunctionArguments) Flag(key string) bool { return a.flags[key] }

// take keeps one value and returns what is wrong with it. A key that is null is
// absent, and so is a text without characters.
func (a FunctionArguments) take(key FunctionKey, value attr.Value) string {
	if value == nil || value.IsNull() {
		a.texts[key.Name], a.flags[key.Name] = key.Default, key.On
		return key.missing()
	}
	wrong := fmt.Sprintf("The key %q must be %s, not %s.", key.Name, withArticle(key.Kind), describeValue(value))
	switch key.Kind {
	case OneText:
		text, ok := value.(types.String)
		if !ok {
			return wrong
		}
		a.texts[key.Name] = text.ValueString()
		if text.ValueString() == "" {
			a.texts[key.Name] = key.Default
			return key.missing()
		}
	case ManyTexts:
		list, ok := value.(interface{ Elements() []attr.Value })
		if !ok {
			return wrong
		}
		return a.takeList(key, list.Elements())
	case Flag:
		flag, ok := value.(types.Bool)
		if !ok {
			return wrong
		}
		a.flags[key.Name] = flag.ValueBool()
	}
	return ""
}

func (a FunctionArguments) takeList(key FunctionKey, elements []attr.Value) string {
	for i, element := range elements {
		plain := plainValue(element)
		text, ok := plain.(types.String)
		if !ok || text.ValueString() == "" {
			return fmt.Sprintf("The key %q must be a list of texts, and entry %d is %s.", key.Name, i+1, describeValue(plain))
		}
		a.lists[key.Name] = append(a.lists[key.Name], text.ValueString())
	}
	if len(elements) == 0 {
		return key.missing()
	}
	return ""
}

func (k FunctionKey) missing() string {
	if !k.Required {
		return ""
	}
	return fmt.Sprintf("The key %q is missing or empty; it must be %s.", k.Name, withArticle(k.Kind))
}

func withArticle(kind KeyKind) string {
	if kind == ManyTexts {
		return "a " + kind.String()
	}
	return kind.String()
}

// plainValue takes a value out of the dynamic one around it; a null of no type is nil.
func plainValue(value attr.Value) attr.Value {
	for {
		dynamic, ok := value.(types.Dynamic)
		if !ok {
			return value
		}
		if value = dynamic.UnderlyingValue(); value == nil {
			return nil
		}
	}
}

func describeValue(value attr.Value) string {
	if value == nil || value.IsNull() {
		return "null"
	}
	switch typed := value.(type) {
	case types.String:
		if typed.ValueString() == "" {
			return "empty"
		}
		return "text"
	case types.Number:
		return "a number (write it in quotes)"
	case types.Bool:
		return "true or false"
	case types.Object, types.Map:
		return "an object"
	}
	return "a list"
}
