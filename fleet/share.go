package fleet

import "sync"

// shared are the provisioning's files, prepared once for all instances that are
// being provisioned: they are read from disk when the first of them needs it, and
// let go with the last. What is launched later reads them anew.
type shared struct {
	mu   sync.Mutex
	by   map[string]*sharedFile
	uses int
}

type sharedFile struct {
	once sync.Once
	get  func(InstanceID) (Bundle, func(), error)
	done func()
	err  error
}

// share holds the files for one pipeline; free lets them go.
func (e *Engine) share(files []FileSpec) (free func(), err error) {
	if len(files) == 0 {
		return func() {}, nil
	}
	s := &e.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.uses++; s.by == nil {
		s.by = map[string]*sharedFile{}
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.uses--; s.uses > 0 {
			return
		}
		for _, f := range s.by {
			if f.done != nil {
				f.done()
			}
		}
		s.by = nil
	}, nil
}

// bundle gives an instance's bundle of a file; done frees what is its own.
func (e *Engine) bundle(f FileSpec, id InstanceID) (b Bundle, done func(), err error) {
	key := stepKey(f)
	s := &e.shared
	s.mu.Lock()
	sf, ok := s.by[key]
	if !ok {
		sf = &sharedFile{}
		s.by[key] = sf
	}
	s.mu.Unlock()
	sf.once.Do(func() { sf.get, sf.done, sf.err = e.load(f) })
	if sf.err != nil {
		return nil, nil, sf.err
	}
	return sf.get(id)
}
