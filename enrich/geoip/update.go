package geoip

import (
	"context"
	"crypto/md5" //nolint:gosec // the protocol of MaxMind's update service compares MD5 sums; nothing is secured by it
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/maxmind/geoipupdate/v7/client"

	"github.com/trailwarden/trailwarden/config/secret"
)

const (
	downloadTimeout = 10 * time.Minute
	maxDatabase     = 2 << 30 // bytes
)

// Fetch brings the databases of an account up to date: each edition that has changed is downloaded beside its
// file, tried, and put in its place at once. It reports how many were new. One edition's fault does not keep the
// others from being fetched. The license key is read anew every time and is in no error.
func Fetch(ctx context.Context, u Update) (fresh int, err error) {
	key, err := secret.Read(u.LicenseKeyFile)
	if err != nil {
		return 0, fmt.Errorf("geoip.update.license_key_file: %w", err)
	}
	options := []client.Option{client.WithHTTPClient(&http.Client{Timeout: downloadTimeout})}
	if u.URL != "" {
		options = append(options, client.WithEndpoint(u.URL))
	}
	maxmind, err := client.New(u.AccountID, key.Reveal(), options...)
	if err != nil {
		return 0, fmt.Errorf("geoip.update: %w", err)
	}
	if err := os.MkdirAll(u.Directory, 0o750); err != nil {
		return 0, fmt.Errorf("geoip.update.directory: %w", err)
	}
	var errs []error
	for _, edition := range u.Editions {
		changed, err := fetchEdition(ctx, maxmind, edition, u.path(edition))
		if err != nil {
			errs = append(errs, fmt.Errorf("fetch %s: %w", edition, discreet(err)))
		}
		if changed {
			fresh++
		}
	}
	return fresh, errors.Join(errs...)
}

// discreet is an error of the client without the URL, which an operator may have put a password into, and without what
// the service answered, which may repeat the license key.
func discreet(err error) error {
	if status, ok := errors.AsType[client.HTTPError](err); ok {
		return fmt.Errorf("answered %d %s", status.StatusCode, http.StatusText(status.StatusCode))
	}
	if call, ok := errors.AsType[*url.Error](err); ok {
		return call.Err
	}
	return err
}

func (u Update) path(edition string) string { return filepath.Join(u.Directory, edition+".mmdb") }

// WithFetched is c with the fetched editions in every place that names no file of its own. Editions not yet
// fetched are left out.
func (c Config) WithFetched() Config {
	if !c.Update.Enabled() {
		return c
	}
	places := map[slot]*string{city: &c.City, country: &c.Country, asn: &c.ASN, anonymous: &c.AnonymousIP}
	for _, edition := range c.Update.Editions {
		path := c.Update.path(edition)
		if place := places[slotOf(edition)]; place != nil && *place == "" && stampOf(path) != (stamp{}) {
			*place = path
		}
	}
	return c
}

func fetchEdition(ctx context.Context, maxmind client.Client, edition, path string) (bool, error) {
	have, err := sumOf(path)
	if err != nil {
		return false, err
	}
	answer, err := maxmind.Download(ctx, edition, have)
	if err != nil {
		return false, err
	}
	defer func() { _ = answer.Reader.Close() }()
	if !answer.UpdateAvailable {
		return false, nil
	}
	part, err := os.CreateTemp(filepath.Dir(path), edition+".part-*")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.Remove(part.Name()) }() // no longer there once it was renamed
	_, err = io.Copy(part, io.LimitReader(answer.Reader, maxDatabase))
	if err := errors.Join(err, part.Sync(), part.Close()); err != nil {
		return false, err
	}
	got, err := sumOf(part.Name())
	if err != nil {
		return false, err
	}
	if got != answer.MD5 {
		return false, fmt.Errorf("the MD5 sum of the file is %s, announced was %s", got, answer.MD5)
	}
	if _, err := openFile(slotOf(edition), part.Name()); err != nil {
		return false, err
	}
	return true, os.Rename(part.Name(), path)
}

// sumOf gives the MD5 sum of a file in hexadecimal digits, "" if there is no such file.
func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := md5.New() //nolint:gosec // see the import
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
