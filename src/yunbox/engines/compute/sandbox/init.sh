# The first process of a sandbox. It waits until it is recorded, keeps the console, runs the boot script, takes in
# processes that lost their parent, and on SIGTERM ends all others before itself.
# Standard error is the way to the engine until "ready" was said; a line on standard input is its leave to go on.
here=/run/yunbox
umask 022
echo ready >&2
read -r leave || exit 1
cd / || exit 1
exec 3<>"$here/log"
exec </dev/null >"$here/log" 2>&1

others() {
  for process in /proc/[0-9]*; do
    case "${process#/proc/}" in
      1 | "$logger") ;;
      *) return 0 ;;
    esac
  done
  return 1
}

end() {
  trap '' TERM
  kill -TERM -1
  while others; do
    sleep 0.05 2>/dev/null || sleep 1
  done
  exit 0
}

trap end TERM

(
  sh "$here/boot"
  echo $? >"$here/booted.new"
  mv -f "$here/booted.new" "$here/booted"
) 3<&- &

# What is printed goes through dd, which writes at once and ends after so many pieces: then the file is put by.
while :; do
  (
    trap '' TERM
    exec dd bs=512 count=2048 <&3 >>"$here/console" 2>/dev/null
  ) &
  logger=$!
  if wait "$logger"; then
    mv -f "$here/console" "$here/console.1"
  else
    sleep 1
  fi
done
