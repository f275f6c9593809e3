package events

import (
	"strings"
	"unicode/utf8"
)

// skip checks the value here without keeping it, at any depth.
func (s *scanner) skip() {
	s.stack = s.stack[:0]
	for s.err == nil {
		switch c := s.peek(); c {
		case '{', '[':
			s.pos++
			s.stack = append(s.stack, c)
			if s.skipEmpty(c) {
				break
			}
			if c == '{' {
				s.skipKey()
			}
			continue
		case '"':
			s.skipString()
		default:
			s.word()
		}
		if s.skipEnd() {
			return
		}
	}
}

// skipEmpty closes the bracket just opened when nothing is in it.
func (s *scanner) skipEmpty(open byte) bool {
	if s.peek() != open+2 { // '{' and '[' both lie two before their partner
		return false
	}
	s.pos++
	s.stack = s.stack[:len(s.stack)-1]
	return true
}

// skipEnd moves past what follows a value: closing brackets, or a comma and
// the key of the next member. It reports whether the outermost value is over.
func (s *scanner) skipEnd() bool {
	for s.err == nil {
		if len(s.stack) == 0 {
			return true
		}
		open := s.stack[len(s.stack)-1]
		switch s.peek() {
		case open + 2:
			s.pos++
			s.stack = s.stack[:len(s.stack)-1]
			continue
		case ',':
			s.pos++
			if open == '{' {
				s.skipKey()
			}
		default:
			s.fail("want a comma or a closing bracket")
		}
		return false
	}
	return true
}

// skipKey checks a key and its colon.
func (s *scanner) skipKey() {
	if s.peek() != '"' {
		s.fail("want a key")
		return
	}
	s.skipString()
	if s.peek() != ':' {
		s.fail("want a colon")
		return
	}
	s.pos++
}

// ordinary says which bytes of a string need no look: ASCII but for control
// characters, quotes and backslashes.
var ordinary = func() (table [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		table[c] = c != '"' && c != '\\'
	}
	return table
}()

// skipString moves past the string here and reports whether it holds neither
// escapes nor bytes beyond ASCII.
func (s *scanner) skipString() (plain bool) {
	plain = true
	for i := s.pos + 1; i < len(s.text); i++ {
		c := s.text[i]
		if ordinary[c] {
			continue
		}
		switch {
		case c == '"':
			s.pos = i + 1
			return plain
		case c == '\\':
			plain = false
			width := escapeWidth(s.text[i:])
			if width == 0 {
				s.pos = i
				s.fail("bad escape")
				return false
			}
			i += width - 1
		case c < ' ':
			s.pos = i
			s.fail("control character in a string")
			return false
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	s.pos = len(s.text)
	s.fail("string without end")
	return false
}

// escapeWidth returns the length of the escape sequence at the start of text,
// 0 when it is none.
func escapeWidth(text string) int {
	if len(text) < 2 {
		return 0
	}
	if strings.IndexByte(`"\/bfnrt`, text[1]) >= 0 {
		return 2
	}
	if text[1] != 'u' || len(text) < 6 {
		return 0
	}
	for _, c := range []byte(text[2:6]) {
		hex := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
		if !hex {
			return 0
		}
	}
	return 6
}
