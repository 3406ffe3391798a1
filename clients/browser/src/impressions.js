// Impressions as the Media Rating Council defines them (Viewable Ad Impression Measurement Guidelines, 2014): half of the
// pixels, in a visible tab, for one continuous second. Of what is larger than the viewport, 30%.

const SHARE = 0.5;
const SHARE_OF_LARGE = 0.3;
const SECOND = 1000;

/** Calls `note(element, name)` until it says yes, once for each name and receiver of a page view. */
export function impressions(note) {
  const watched = new Map(); // element → {names, receiver, shown, timer}
  let counted = new Set();

  const observer = new IntersectionObserver((entries) => entries.forEach(move), { threshold: [SHARE_OF_LARGE, SHARE] });
  document.addEventListener("visibilitychange", () => watched.forEach(time));

  function move({ target, intersectionRatio, boundingClientRect, rootBounds }) {
    const one = watched.get(target);
    if (!one) return;
    const { width, height } = rootBounds ?? { width: innerWidth, height: innerHeight }; // null in others' frames
    const large = boundingClientRect.width > width || boundingClientRect.height > height;
    one.shown = boundingClientRect.width * boundingClientRect.height && intersectionRatio >= (large ? SHARE_OF_LARGE : SHARE);
    time(one, target);
  }

  /** Lets the second of an element begin, go on, or end. */
  function time(one, element) {
    const runs = one.shown && document.visibilityState === "visible" && one.names.some((name) => !counted.has(key(one, name)));
    if (runs) one.timer ??= setTimeout(() => count(one, element), SECOND);
    else stop(one);
  }

  function count(one, element) {
    observer.takeRecords().forEach(move); // what moved in this very moment
    if (!one.timer) return;
    stop(one);
    if (element.checkVisibility?.({ opacityProperty: true, visibilityProperty: true }) === false) return time(one, element);
    for (const name of one.names) {
      if (counted.has(key(one, name))) continue;
      if (note(element, name)) counted.add(key(one, name));
    }
  }

  return {
    /** An element was added, or says something else than before: then it is another thing, though in the same place. */
    look(element, names, receiver) {
      const one = watched.get(element);
      if (one && one.receiver === receiver && one.names.join() === names.join()) return;
      if (one) leave(one, element);
      if (!names.length) return;
      watched.set(element, { names, receiver });
      observer.observe(element);
    },
    /** Elements were removed, or moved. */
    forget() {
      watched.forEach((one, element) => element.isConnected || leave(one, element));
    },
    /** Another page view: what is shown still is shown anew. */
    renew() {
      counted = new Set();
      watched.forEach(stop);
      watched.forEach(time);
    },
    /** What `note` said no to may be counted now. */
    resume() {
      watched.forEach(time);
    },
  };

  function leave(one, element) {
    stop(one);
    observer.unobserve(element);
    watched.delete(element);
  }
}

const key = (one, name) => `${name} ${one.receiver}`;

function stop(one) {
  clearTimeout(one.timer);
  one.timer = undefined;
}
