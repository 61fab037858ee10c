package aws

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"spot-tui/fleet"
)

// imageAge is how long an image id is good without asking: publishers renew
// images every few days to weeks; Karpenter keeps them as long (aws-facts §2.2).
const imageAge = 24 * time.Hour

// cachedImage is what one alias meant at one endpoint.
type cachedImage struct {
	IDs map[string]string `json:"ids"` // by architecture
	At  time.Time         `json:"at"`
}

// cacheFile holds a region's images; one file per region, so that regions that
// are surveyed side by side don't write over each other.
func (a *Account) cacheFile(r fleet.Region) string {
	if a.opts.CacheDir == "" || !filepath.IsLocal(string(r)) {
		return ""
	}
	return filepath.Join(a.opts.CacheDir, "images-"+filepath.Base(string(r))+".json")
}

// cacheKey keeps a simulated cloud's ids apart from AWS's.
func (a *Account) cacheKey(alias string) string {
	if a.endpoint != nil {
		return alias + " at " + a.endpoint.Redacted()
	}
	return alias
}

// readCache gives what is kept and young enough. A missing or broken file is
// an empty one: the cache saves a call, nothing more.
func (a *Account) readCache(r fleet.Region) map[string]cachedImage {
	kept := map[string]cachedImage{}
	file := a.cacheFile(r)
	if file == "" {
		return kept
	}
	b, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(b, &kept) != nil || kept == nil {
		return map[string]cachedImage{}
	}
	for k, c := range kept {
		if age := time.Since(c.At); age < 0 || age > imageAge {
			delete(kept, k)
		}
	}
	return kept
}

func (a *Account) cachedImages(r fleet.Region, alias string) map[string]string {
	return a.readCache(r)[a.cacheKey(alias)].IDs
}

func (a *Account) keepImages(r fleet.Region, alias string, ids map[string]string) {
	file := a.cacheFile(r)
	if file == "" || len(ids) == 0 {
		return
	}
	kept := a.readCache(r)
	kept[a.cacheKey(alias)] = cachedImage{IDs: ids, At: time.Now().UTC()}
	if err := writeAtomic(file, kept); err != nil {
		a.log.Debug("image cache", "err", err)
	}
}

func (a *Account) forgetImages(r fleet.Region) {
	if file := a.cacheFile(r); file != "" {
		_ = os.Remove(file) // gone already is as good
	}
}

// writeAtomic replaces a file as a whole: a reader sees the old or the new one.
func writeAtomic(file string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // renamed away when all went well
	_, err = f.Write(b)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
