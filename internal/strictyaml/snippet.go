package strictyaml

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// snippetWidth is how many characters of a long source line are shown.
const snippetWidth = 160

// Snippet shows a place in a file: its position, then the source line behind
// its number, then a caret under the column. It ends in a newline.
//
//	 --> login.yaml:3:5
//	  |
//	3 |     asignments: []
//	  |     ^
func Snippet(pos Position, sourceLine string) string {
	if pos.Line == 0 {
		return fmt.Sprintf("  --> %s\n", pos)
	}
	number := fmt.Sprintf("%2d", pos.Line)
	gutter := strings.Repeat(" ", len(number)+1) + "|"
	line, caret := underline(sourceLine, pos.Column)
	var b strings.Builder
	fmt.Fprintf(&b, "%s--> %s\n", strings.Repeat(" ", len(number)), pos)
	fmt.Fprintf(&b, "%s\n", gutter)
	fmt.Fprintf(&b, "%s\n", strings.TrimRight(number+" | "+line, " \t"))
	fmt.Fprintf(&b, "%s %s\n", gutter, caret)
	return b.String()
}

// underline returns the line as a terminal can show it, and a caret indented
// to stand under the column. Tabs are kept in both, so that they line up
// whatever the width of a tab is.
func underline(line string, column int) (shown, caret string) {
	first, last := window(utf8.RuneCountInString(line), column)
	var text, indent strings.Builder
	if first > 1 {
		text.WriteString("…")
		indent.WriteString(" ")
	}
	at := 0
	for _, r := range line {
		at++
		if at < first {
			continue
		}
		if at > last {
			text.WriteString("…")
			break
		}
		if r != '\t' && unicode.IsControl(r) {
			r = unicode.ReplacementChar
		}
		text.WriteRune(r)
		switch {
		case at >= column:
		case r == '\t':
			indent.WriteRune('\t')
		default:
			indent.WriteString(strings.Repeat(" ", cells(r)))
		}
	}
	return text.String(), indent.String() + "^"
}

// window picks the characters first to last to show of a line, around column.
func window(length, column int) (first, last int) {
	if length <= snippetWidth {
		return 1, length
	}
	first = max(1, min(column-snippetWidth/2, length-snippetWidth+1))
	return first, first + snippetWidth - 1
}

// wide holds the characters that take two cells of a terminal: the main ranges
// of East Asian Width W and F (Unicode Standard Annex 11) and emoji.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0x303e, Stride: 1}, {Lo: 0x3041, Hi: 0x33ff, Stride: 1},
		{Lo: 0x3400, Hi: 0x4dbf, Stride: 1}, {Lo: 0x4e00, Hi: 0x9fff, Stride: 1}, {Lo: 0xa000, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xa960, Hi: 0xa97f, Stride: 1}, {Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, {Lo: 0xf900, Hi: 0xfaff, Stride: 1},
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, {Lo: 0xff00, Hi: 0xff60, Stride: 1}, {Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1}, {Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}

func cells(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	default:
		return 1
	}
}
