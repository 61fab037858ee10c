package ssh

// The scripts that an upload runs on the host: POSIX sh, tar, gzip and sha256sum
// are all they need. Each gets its words as arguments, so that no name is ever
// read as a script.

const (
	// recordScript prints what was uploaded to this target last: $1 is the record.
	// It makes the record's folder, for what comes next may run as root, and a
	// folder of root's in the login's home would be closed to the login.
	recordScript = `[ -d "${1%/*}" ] || mkdir -p "${1%/*}" 2>/dev/null
if [ -r "$1" ]; then read -r was < "$1"; echo "$was"; fi
exit 0`

	// folderScript unpacks a folder's content into $1; $2 is the record, $3 z where
	// the stream is compressed. Files belong to whoever unpacks, also where that
	// is root.
	folderScript = `rm -f "$2"
set -e
mkdir -p "$1"
cd "$1"
exec tar -xpo"$3"f -`

	// placeScript finds the folder d that a single file goes to, and its name n
	// there: the folder $1, if that is one or $4 is "/" (n is empty then), else the
	// one that $1 is in. A program costs a host milliseconds, the shell's own words
	// nothing.
	placeScript = `if [ "$4" = / ] || [ -d "$1" ]; then d=$1 n=
else
  case $1 in */*) d=${1%/*} n=${1##*/}; [ -n "$d" ] || d=/;; *) d=. n=$1;; esac
fi
`

	// fileScript writes a single file into its folder under the name $5, which it
	// keeps until it is verified, and prints the sum of what it wrote. Nobody else
	// can read it before it has its mode.
	//
	// A large one is $6 parts of 32 MiB: each is summed while the next one comes, by
	// reading it from the file again. That takes GNU's dd; a pipe through tee would
	// copy everything twice more, which costs more than it saves. The dd that fills
	// the sum's pipe runs at the lowest priority: at the same one it takes the
	// processor back for each 8 KB that openssl has read, 25 000 times for 200 MB.
	fileScript = `[ ! -e "$2" ] || rm -f "$2"
set -e
` + placeScript + `[ -d "$d" ] || mkdir -p "$d"
cd "$d"
umask 077
t=./$5
sum() { sha256sum; }
if command -v openssl >/dev/null 2>&1; then sum() { openssl dgst -sha256 -r; }; fi # three times as fast, where the processor helps
low=; if command -v nice >/dev/null 2>&1; then low='nice -n 19'; fi
if [ "$6" != 0 ] && dd --version >/dev/null 2>&1; then
  : > "$t"
  { i=0; while [ $i -lt "$6" ]; do
      dd of="$t" bs=65536 seek=$((i*512)) count=512 iflag=fullblock conv=notrunc status=none || exit
      echo; i=$((i+1))
    done; } | { i=0; while read -r _; do
      $low dd if="$t" bs=65536 skip=$((i*512)) count=512 status=none || exit
      i=$((i+1))
    done; } | sum
elif [ -n "$3" ]; then gzip -dc > "$t"; sum < "$t"
else cat > "$t"; sum < "$t"; fi`

	// checkFolderScript checks the sums on stdin in $1, and notes in the record $2
	// that $3 is there.
	checkFolderScript = `cd "$1" || exit
LC_ALL=C sha256sum -c - || exit
` + noteScript

	// placeFileScript gives the verified file $5 the mode $6 and the owner $7, and puts
	// it in its place, under the name $8 if $1 is a folder; it leaves no half a file
	// behind. The record $2 then says that $3 is there.
	placeFileScript = placeScript + `t=./$5
[ -n "$n" ] || n=$8
cd "$d" || exit
bad() { rm -f "$t"; exit 1; }
if [ -d "./$n" ]; then echo "$n is a folder" >&2; bad; fi
if [ -n "$7" ]; then chown "$7" "$t" || bad; fi
chmod "$6" "$t" || bad
mv -f "$t" "./$n" || bad
` + noteScript

	// dropFileScript removes the file $5, which is not what was sent.
	dropFileScript = placeScript + `rm -f "$d/$5"`

	// noteScript writes the record, which is only there to save work.
	noteScript = `if [ -d "${2%/*}" ] || mkdir -p "${2%/*}" 2>/dev/null; then echo "$3" > "$2" 2>/dev/null; fi
exit 0`

	// chmodScript and chownScript give what was unpacked in $1 the mode or owner $2.
	// stdin has the names, each with a zero byte at its end.
	chmodScript = `cd "$1" && exec xargs -0 chmod "$2" --`
	chownScript = `cd "$1" && exec xargs -0 chown -h "$2" --`

	// sameFolderScript checks the sums on stdin in $1; sameFileScript the one on stdin
	// against the file $1, or the file $3 in it. Only the status counts.
	sameFolderScript = `cd "$1" 2>/dev/null && LC_ALL=C exec sha256sum --status -c -`
	sameFileScript   = `if [ "$4" = / ] || [ -d "$1" ]; then f=$1/$3; else f=$1; fi
read -r want && [ -f "$f" ] && [ ! -L "$f" ] && sum=$(sha256sum < "$f") && [ "${sum%% *}" = "$want" ]`
)
