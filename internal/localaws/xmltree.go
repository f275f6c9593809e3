package localaws

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// node is an XML element. Names keep their prefix, so that what was read can be written again.
type node struct {
	name     string
	attrs    []xml.Attr
	text     string
	children []*node
}

// element leaves out children that are nil.
func element(name string, children ...*node) *node {
	return &node{name: name, children: slices.DeleteFunc(children, func(child *node) bool { return child == nil })}
}

func leaf(name, text string) *node { return &node{name: name, text: text} }

func xmlns(namespace string) []xml.Attr {
	return []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}}
}

func parseXML(body []byte) (*node, error) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	root := &node{}
	open := []*node{root}
	for {
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read XML: %w", err)
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{name: prefixed(t.Name), attrs: append([]xml.Attr(nil), t.Attr...)}
			top.children = append(top.children, n)
			open = append(open, n)
		case xml.EndElement:
			if len(open) == 1 {
				return nil, errors.New("read XML: an end without a start")
			}
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(t)
		}
	}
	if len(open) != 1 || len(root.children) != 1 {
		return nil, errors.New("read XML: not one whole document")
	}
	return root.children[0], nil
}

func prefixed(name xml.Name) string {
	if name.Space == "" {
		return name.Local
	}
	return name.Space + ":" + name.Local
}

// find follows a path of element names; nil when there is none.
func (n *node) find(path ...string) *node {
	for _, name := range path {
		var next *node
		if n != nil {
			for _, c := range n.children {
				if c.name == name {
					next = c
					break
				}
			}
		}
		n = next
	}
	return n
}

// textAt is the text at a path, empty when there is none.
func (n *node) textAt(path ...string) string {
	if found := n.find(path...); found != nil {
		return strings.TrimSpace(found.text)
	}
	return ""
}

// texts are the texts of all elements of this name, at any depth.
func (n *node) texts(name string) []string {
	if n == nil {
		return nil
	}
	var found []string
	for _, c := range n.children {
		if c.name == name && len(c.children) == 0 {
			found = append(found, strings.TrimSpace(c.text))
		}
		found = append(found, c.texts(name)...)
	}
	return found
}

func (n *node) render() []byte {
	var b bytes.Buffer
	n.write(&b)
	return b.Bytes()
}

func (n *node) write(b *bytes.Buffer) {
	b.WriteString("<" + n.name)
	for _, a := range n.attrs {
		b.WriteString(" " + prefixed(a.Name) + `="`)
		_ = xml.EscapeText(b, []byte(a.Value))
		b.WriteString(`"`)
	}
	b.WriteString(">")
	if len(n.children) == 0 {
		_ = xml.EscapeText(b, []byte(n.text))
	}
	for _, c := range n.children {
		c.write(b)
	}
	b.WriteString("</" + n.name + ">")
}

// value is the element as JSON would say it: lists of member become arrays, repeated names too. rename changes the names.
func (n *node) value(rename func(string) string) any {
	if len(n.children) == 0 {
		return strings.TrimSpace(n.text)
	}
	if n.children[0].name == "member" {
		list := make([]any, 0, len(n.children))
		for _, c := range n.children {
			list = append(list, c.value(rename))
		}
		return list
	}
	fields := map[string]any{}
	for _, c := range n.children {
		name, v := rename(c.name), c.value(rename)
		switch before := fields[name].(type) {
		case nil:
			fields[name] = v
		case []any:
			fields[name] = append(before, v)
		default:
			fields[name] = []any{before, v}
		}
	}
	return fields
}
