package fleet

import "sync"

// shelf is what the store knew of the fleet when the engine began, read once and
// handed to each region once: of a large fleet it is much.
type shelf struct {
	mu      sync.Mutex
	read    bool
	regions map[Region][]Instance
}

// take gives what was known of a region. It is not nil, also where reading failed.
func (s *shelf) take(r Region, read func() ([]Instance, error)) ([]Instance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.read {
		all, err := read()
		if err != nil {
			return []Instance{}, err
		}
		s.read, s.regions = true, map[Region][]Instance{}
		for _, i := range all {
			s.regions[i.Region] = append(s.regions[i.Region], i)
		}
	}
	here := s.regions[r]
	delete(s.regions, r)
	if here == nil {
		here = []Instance{}
	}
	return here, nil
}
