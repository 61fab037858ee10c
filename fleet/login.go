package fleet

import (
	"context"
	"fmt"
)

// loginUser gives the image's login name, from the config or a survey.
func (w *worker) loginUser(ctx context.Context) (string, error) {
	if u := w.e.spec.SSH.User; u != "" {
		return u, nil
	}
	known := ""
	if err := w.do(ctx, func() { known = w.user }); err != nil {
		return "", err
	}
	if known != "" {
		return known, nil
	}
	spec := w.e.spec.in(w.e.spec.region(w.region))
	images, err := w.cloud.Images(ctx, spec.Image)
	if err != nil {
		return "", fmt.Errorf("the image's login name is not known: %w", err)
	}
	for _, im := range images {
		if im.User != "" {
			w.post(func() { w.learnUser(im.User) })
			return im.User, nil
		}
	}
	return "", errText("the image's login name is not known; set ssh.user in the config")
}

// needUser finds out the login name once there is an instance to log in to.
func (w *worker) needUser() {
	if w.user != "" || w.asking || w.live() == 0 {
		return
	}
	if u := w.e.spec.SSH.User; u != "" {
		w.learnUser(u)
		return
	}
	for _, o := range w.instances {
		if o.User != "" {
			w.learnUser(o.User)
			return
		}
	}
	w.asking = true // once per process and region is enough for a convenience
	w.call("login name", func(ctx context.Context) {
		_, _ = w.loginUser(ctx) // a failure is told where the name is needed
	})
}

func (w *worker) learnUser(u string) {
	w.user = u
	for _, o := range w.instances {
		if o.User == "" {
			o.edit().User = u
			w.publish(o)
		}
	}
}
