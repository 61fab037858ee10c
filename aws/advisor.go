package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"spot-tui/fleet"
)

// Where the Spot Advisor's data lies. It is public and read without credentials; a
// custom cloud is asked at its own address only (aws-facts §5.3).
const (
	advisorURL  = "https://spot-bid-advisor.s3.amazonaws.com/spot-advisor-data.json"
	advisorPath = "spot-advisor-data.json"
)

// Limits of the question. It has the data of all regions, about 4 MB.
const (
	advisorLimit = 5 * time.Second
	advisorSize  = 32 << 20
	advisorPause = 10 * time.Minute // after a failure, which costs every region its 5 s
)

// adviceOf is what the advisor says of a type: band and saving.
type adviceOf struct {
	Band   int `json:"r"`
	Saving int `json:"s"`
}

// adviceDoc is what is kept of the advisor's data: Linux only.
type adviceDoc struct {
	At time.Time                                        `json:"at"`
	Of map[fleet.Region]map[fleet.InstanceType]adviceOf `json:"of"`
}

// advisor reads the data once for all regions. Who wants it takes the turn.
type advisor struct {
	turn     chan struct{} // has room for one
	doc      adviceDoc
	read     bool // the file has been
	failed   error
	failedAt time.Time
}

// Advice implements fleet.Market.
func (r *region) Advice(ctx context.Context, ts []fleet.InstanceType) ([]fleet.Advice, error) {
	doc, err := r.a.advice(ctx)
	if err != nil {
		op := r.op("read the Spot Advisor")
		op.Kind, op.Err, op.Hint = fleet.KindNetwork, err, "it only adds how often instances are interrupted; everything else works without"
		if ctx.Err() != nil {
			op.Kind = fleet.KindCanceled
		}
		return nil, &op
	}
	var out []fleet.Advice
	for _, t := range ts {
		if a, ok := doc.Of[r.name][t]; ok {
			out = append(out, fleet.Advice{Type: t, Band: fleet.Band(a.Band), Saving: a.Saving, AsOf: doc.At})
		}
	}
	return out, nil
}

// advice gives the data, of today.
func (a *Account) advice(ctx context.Context) (adviceDoc, error) {
	d := &a.advisor
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return adviceDoc{}, ctx.Err()
	}
	file := a.marketFile("spot-advisor")
	if !d.read {
		d.read = true
		d.doc, _ = readMarket[adviceDoc](a, file)
	}
	if young(d.doc.At) {
		return d.doc, nil
	}
	if d.failed != nil && time.Since(d.failedAt) < advisorPause {
		return adviceDoc{}, d.failed
	}
	doc, err := a.askAdvisor(ctx)
	if err != nil {
		if ctx.Err() == nil {
			d.failed, d.failedAt = err, time.Now()
		}
		return adviceDoc{}, err
	}
	d.doc, d.failed = doc, nil
	writeMarket(a, file, doc)
	return doc, nil
}

func (a *Account) askAdvisor(ctx context.Context) (adviceDoc, error) {
	limited, cancel := context.WithTimeout(ctx, advisorLimit)
	defer cancel()
	from := advisorURL
	if a.endpoint != nil {
		from = a.endpoint.JoinPath(advisorPath).String()
	}
	req, err := http.NewRequestWithContext(limited, http.MethodGet, from, nil)
	if err != nil {
		return adviceDoc{}, err
	}
	resp, err := a.http.Do(req)
	if err != nil {
		if limited.Err() != nil && ctx.Err() == nil {
			return adviceDoc{}, fmt.Errorf("no answer within %d s", int(advisorLimit.Seconds()))
		}
		return adviceDoc{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return adviceDoc{}, fmt.Errorf("%s answered with HTTP status %d", req.URL.Host, resp.StatusCode)
	}
	return readAdvice(io.LimitReader(resp.Body, advisorSize))
}

// readAdvice reads the advisor's document. A band that we don't know is left out.
func readAdvice(from io.Reader) (adviceDoc, error) {
	var raw struct {
		Advisor map[fleet.Region]struct {
			Linux map[fleet.InstanceType]adviceOf
		} `json:"spot_advisor"`
	}
	if err := json.NewDecoder(from).Decode(&raw); err != nil {
		return adviceDoc{}, fmt.Errorf("the answer can't be read: %w", err)
	}
	if len(raw.Advisor) == 0 {
		return adviceDoc{}, errors.New("the answer has no advice in it")
	}
	doc := adviceDoc{At: time.Now().UTC(), Of: map[fleet.Region]map[fleet.InstanceType]adviceOf{}}
	for r, os := range raw.Advisor {
		doc.Of[r] = map[fleet.InstanceType]adviceOf{}
		for t, a := range os.Linux {
			if a.Band >= 0 && a.Band <= int(fleet.BandOver20) {
				doc.Of[r][t] = a
			}
		}
	}
	return doc, nil
}
