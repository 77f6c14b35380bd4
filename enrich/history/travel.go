package history

import (
	"math"
	"time"

	"github.com/trailwarden/trailwarden/enrich/network"
)

// Impossible travel is faster than an airliner, and too far for the errors of address databases.
const (
	impossibleKmh = 900
	impossibleKm  = 500
	// leapMemory is how long a leap is told of with the calls that follow it from the same country.
	leapMemory = 6 * time.Hour
)

// spot is the last place an actor was seen at.
type spot struct {
	latitude, longitude float32
	at                  uint32 // Unix seconds; 0 for nowhere
	country             [2]byte
}

// leap is the last impossible travel of an actor.
type leap struct {
	at, between uint32 // Unix seconds of its end; seconds it took
	km          uint16 // 0 for none
	from, to    [2]byte
}

// spotOf says where an event came from; ok is false where the address does not tell where a person is.
func spotOf(o Origin, ms int64) (s spot, ok bool) {
	if !o.Located || o.Kind == network.Corporate || o.Kind == network.VPN || o.Kind == network.AWS {
		return spot{}, false
	}
	return spot{latitude: o.Latitude, longitude: o.Longitude, at: uint32(ms / 1000), country: o.Country}, true
}

// leapTo judges the way between two spots, whichever is the later one.
func (s spot) leapTo(next spot) (leap, bool) {
	if s.at == 0 || s.latitude == next.latitude && s.longitude == next.longitude {
		return leap{}, false
	}
	km := distance(s, next)
	seconds := math.Abs(float64(next.at) - float64(s.at))
	if km <= impossibleKm || km*3600 <= impossibleKmh*seconds {
		return leap{}, false
	}
	return leap{at: next.at, between: uint32(seconds), km: uint16(km), from: s.country, to: next.country}, true
}

// distance is the great circle between two spots, in kilometres.
func distance(a, b spot) float64 {
	const radius, radian = 6371.0, math.Pi / 180
	lat1, lat2 := float64(a.latitude)*radian, float64(b.latitude)*radian
	dLat, dLon := lat2-lat1, (float64(b.longitude)-float64(a.longitude))*radian
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(lat1)*math.Cos(lat2)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * radius * math.Asin(math.Min(1, math.Sqrt(h)))
}

func (l leap) travel() *Travel {
	return &Travel{
		From: countryText(l.from), To: countryText(l.to), Kilometre: float64(l.km),
		Between: time.Duration(l.between) * time.Second,
	}
}

func countryText(c [2]byte) string {
	if c == [2]byte{} {
		return ""
	}
	return string(c[:])
}
