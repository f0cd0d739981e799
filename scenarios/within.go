package scenarios

import "unicode/utf8"

// within returns the column of a byte of a text that begins at a column of a
// line of the file, quoted or not. Where the text does not stand there as it is,
// over several lines or with variables, it returns the column of its beginning.
func within(line string, column int, text string, offset int) int {
	rest, at := []rune(line), column-1
	if at < 0 || at >= len(rest) || offset > len(text) {
		return column
	}
	quote := rest[at]
	if quote == '"' || quote == '\'' {
		at++
	} else {
		quote = 0
	}
	for i, r := range text {
		if i >= offset {
			return at + 1
		}
		escaped := quote == '"' && next(rest, at) == '\\' || quote == '\'' && r == '\'' && next(rest, at) == '\''
		if escaped {
			at++
		}
		if next(rest, at) != r {
			return column
		}
		at++
	}
	return at + 1 // just after the text
}

func next(line []rune, at int) rune {
	if at < len(line) {
		return line[at]
	}
	return utf8.RuneError
}
