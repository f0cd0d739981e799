package matching

import "fmt"

// Pick says why no value of this shape has a part at a path; why is empty if
// there can be one.
func (s Shape) Pick(p Path) (why, hint string) { return s.pick(p.steps, nil) }

func (s Shape) pick(steps []pathStep, at *path) (why, hint string) {
	for _, step := range steps {
		is := s.form()
		switch {
		case is == unknown:
			return "", ""
		case is == list && step.kind != keyStep:
			elem, _ := s.Elem()
			for _, c := range step.filter {
				if why, hint = elem.pick(c.path, at.element(whichever)); why != "" {
					return why, hint
				}
			}
			s, at = elem, at.element(step.index)
			if step.kind != indexStep || step.index < 0 {
				at.index = whichever
			}
		case is == list:
			return subjectAt(at) + " is a list, which has no " + step.key, "an element is " + at.element(0).String()
		case step.kind != keyStep || is != object && is != mapping:
			name := step.key
			if step.kind != keyStep {
				name = step.text
			}
			return fmt.Sprintf("%s is %s: there is no %s below it", subjectAt(at), is, name), ""
		default:
			inner, known := s.field(step.key)
			if !known {
				return s.lacks(step.key, at)
			}
			s, at = inner, at.child(step.key)
		}
	}
	return "", ""
}
