#!/usr/bin/env bash
# Shows a report in headless Chromium without any network, fails on a console
# message or on something wider than the window, and takes screenshots at two
# widths, light and dark, and as on paper. Needs Debian's chromium, and root for
# the network namespace.
#
#   tools/page/check.sh REPORT.html [FOLDER]
set -euo pipefail
page=$(realpath "$1")
folder=${2:-$(mktemp -d)}
mkdir -p "$folder"
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT

if grep -oE '(src|href|action|data|poster)="[^"#][^"]*"|url\([^)]*\)|@import[^;]*' "$page" | grep -v '"data:,"'; then
  echo "the page names something outside of itself"
  exit 1
fi

browser() { # in a namespace that has no network, not even loopback
  unshare --net chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$profile" --enable-logging=stderr --log-level=0 \
    --virtual-time-budget=5000 "$@" 2>"$folder/messages"
  # Chromium's own pages (chrome://) complain about the missing network; the report must not.
  if grep -E 'CONSOLE|net::ERR' "$folder/messages" | grep -v 'source: chrome://'; then
    echo "the browser says something about $page"
    exit 1
  fi
}

for width in 390 1280; do
  for scheme in light dark; do
    browser --window-size=$width,8000 --blink-settings=preferredColorScheme=$([ $scheme = dark ] && echo 0 || echo 1) \
      --screenshot="$folder/$width-$scheme.png" "file://$page" >/dev/null
  done
  # A copy with a script that reports what is wider than the window.
  probe=$profile/probe-$width.html
  sed 's#</body>#<script>const w=document.documentElement.clientWidth;const bad=[...document.querySelectorAll("body *")].filter(e=>!e.closest(".scroll,.formula,svg")\&\&e.getBoundingClientRect().right>w+1).map(e=>e.tagName+"."+e.className+" "+Math.round(e.getBoundingClientRect().right));document.body.setAttribute("data-overflow",document.documentElement.scrollWidth>w?bad.join("|")||"page":"");</script></body>#' "$page" >"$probe"
  overflow=$(browser --window-size=$width,2000 --dump-dom "file://$probe" | grep -o 'data-overflow="[^"]*"' | head -1)
  echo "width $width: $overflow"
  [ "$overflow" = 'data-overflow=""' ] || exit 1
done
browser --no-pdf-header-footer --print-to-pdf="$folder/paper.pdf" "file://$page" >/dev/null
echo "no console message, nothing from outside; pictures in $folder"
