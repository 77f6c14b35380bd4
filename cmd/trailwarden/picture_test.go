package main

import (
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

// picturesVariable is a folder in which TestPictures leaves a page for each picture, for a browser to draw; .ci/pictures
// does that.
const picturesVariable = "TRAILWARDEN_PICTURES"

// TestPictures makes the pages of which the pictures in the README are drawn, and misses no word of any card.
func TestPictures(t *testing.T) {
	files, err := filepath.Glob("testdata/cards/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cards: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var drawn drawing
		if err := json.Unmarshal(data, &drawn); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		page, err := notifytest.Page(drawn.Blocks, drawn.Thread)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		text, err := notifytest.Message{Blocks: drawn.Blocks}.Show()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, line := range append(strings.Split(text, "\n"), strings.Split(strings.Join(drawn.Thread, "\n"), "\n")...) {
			for word := range strings.FieldsSeq(strings.Trim(line, "#-$[]>• ")) {
				if word = strings.Trim(word, "[]:"); !strings.Contains(html.UnescapeString(page), word) {
					t.Errorf("%s: the page lacks %q", file, word)
				}
			}
		}
		if dir := os.Getenv(picturesVariable); dir != "" {
			name := strings.TrimSuffix(filepath.Base(file), ".json") + ".html"
			if err := os.WriteFile(filepath.Join(dir, name), []byte(page), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
