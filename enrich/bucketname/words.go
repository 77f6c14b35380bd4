package bucketname

import (
	"strings"
	"unicode"
)

// shortest is the least length of a text that is tried as several words in one; one of them must have long
// letters at least.
const (
	shortest = 5
	long     = 4
)

// A word at the end of a longer one counts from this weight and length on, and behind so many letters.
const (
	graveTail = 75
	longTail  = 6
	shortHead = 3
)

// words takes a name apart into the words of the vocabulary, and others as they stand.
func (v *Vocabulary) words(name string) []string {
	var words []string
	for _, chunk := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if w, ok := v.word(chunk); ok { // such as k8s
			words = append(words, w)
			continue
		}
		for _, part := range strings.FieldsFunc(chunk, unicode.IsDigit) {
			words = append(words, v.split(part)...)
		}
	}
	return words
}

// word gives the form of a word that the vocabulary knows: itself, or without the ending of a plural.
func (v *Vocabulary) word(text string) (string, bool) {
	for _, form := range []string{text, strings.TrimSuffix(text, "s"), strings.TrimSuffix(text, "es")} {
		if v.known[form] {
			return form, true
		}
	}
	if stem, ok := strings.CutSuffix(text, "ies"); ok && v.known[stem+"y"] {
		return stem + "y", true
	}
	return text, false
}

// split takes words apart that are written together, if known words cover the text from end to end: into as few
// as possible.
func (v *Vocabulary) split(text string) []string {
	if w, ok := v.word(text); ok || len(text) < shortest {
		return []string{w}
	}
	best := make([][]string, len(text)+1) // best[i] covers text[:i]
	best[0] = []string{}
	for end := 2; end <= len(text); end++ {
		for start := range end - 1 {
			if best[start] == nil || best[end] != nil && len(best[end]) <= len(best[start])+1 {
				continue
			}
			if w, ok := v.word(text[start:end]); ok && len(w) > 1 {
				best[end] = append(best[start][:len(best[start]):len(best[start])], w)
			}
		}
	}
	for _, w := range best[len(text)] {
		if len(w) >= long {
			return best[len(text)]
		}
	}
	return v.tail(text)
}

// tail takes a grave word from the end of a text: "acmepayroll" is a company's.
func (v *Vocabulary) tail(text string) []string {
	singular := strings.TrimSuffix(text, "s")
	for _, w := range v.tails {
		if head, ok := strings.CutSuffix(singular, w); ok && len(head) >= shortHead {
			return []string{head, w}
		}
	}
	return []string{text}
}

// isDomain reports whether a name is a domain name, as buckets of websites are called: www.example.org.
func isDomain(name string) bool {
	i := strings.LastIndexByte(name, '.')
	return i > 0 && strings.Contains(topLevels, " "+name[i+1:]+" ")
}

// topLevels are the endings by which a domain name is recognised. "app", "dev" and others that are as often the
// last word of an ordinary name are left out.
const topLevels = " com org net edu gov int eu de at ch fr es it nl be lu pt pl se no dk fi ie uk us ca mx br ar cl " +
	"au nz jp kr cn in sg za io co info biz me tv "

// matches reports whether a pattern covers the whole text: * stands for any text, ? for one character.
func matches(pattern, text string) bool {
	star, mark := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p, t = p+1, t+1
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
