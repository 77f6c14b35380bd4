package history

import "slices"

// maxMoments is how many of an actor's last events are kept.
const maxMoments = 16

// moment is a Moment as kept in memory; its texts are numbers of the book's texts.
type moment struct {
	at                      uint32 // Unix seconds
	name, bucket, fault, ip uint32
	country                 [2]byte
	first                   uint16 // marks
}

// place puts a moment among the last ones by its time. What it returns has to be released: the oldest, that
// gave way, or the moment itself if it is older than all of them; ok is false if nothing gave way.
func place(moments []moment, m moment) (after []moment, out moment, ok bool) {
	at := len(moments)
	for at > 0 && moments[at-1].at > m.at {
		at--
	}
	if len(moments) < maxMoments {
		return slices.Insert(moments, at, m), moment{}, false
	}
	if at == 0 {
		return moments, m, true
	}
	out = moments[0]
	copy(moments, moments[1:at])
	moments[at-1] = m
	return moments, out, true
}

// first is a bit each for what an event shows for the first time; those of the kinds come at their own number.
const (
	firstHour  = 1 << 14
	firstActor = 1 << 15
)

// firsts spells out the marks of a moment, in the order of Snapshot.First.
func firsts(marks uint16) []string {
	if marks == 0 {
		return nil
	}
	var names []string
	if marks&firstActor != 0 {
		names = append(names, "actor")
	}
	for k, name := range [kinds]string{"call", "service", "bucket", "country", "network", "asn", "user_agent", "region", "account"} {
		if marks&(1<<k) != 0 {
			names = append(names, name)
		}
	}
	if marks&firstHour != 0 {
		names = append(names, "hour")
	}
	return names
}
