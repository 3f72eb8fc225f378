// What the texts of the table of operations call, by the same names, in IEEE arithmetic: where Python raises, nan or infinity.

const M = {
  abs: Math.abs, acos: Math.acos, acosh: Math.acosh, asin: Math.asin, asinh: Math.asinh, atan: Math.atan, atan2: Math.atan2,
  atanh: Math.atanh, cbrt: Math.cbrt, ceil: Math.ceil, cos: Math.cos, cosh: Math.cosh, exp: Math.exp, expm1: Math.expm1,
  floor: Math.floor, hypot: Math.hypot, log: Math.log, log10: Math.log10, log1p: Math.log1p, log2: Math.log2, sign: Math.sign,
  sin: Math.sin, sinh: Math.sinh, sqrt: Math.sqrt, tan: Math.tan, tanh: Math.tanh, trunc: Math.trunc,
  detach: (x) => x,
  exp2: (x) => 2 ** x,
  degrees: (x) => x * (180 / Math.PI),
  radians: (x) => x * (Math.PI / 180),
  copysign: (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)),
  // C's pow is 1 for a base or an exponent that settles the matter, nan or infinite as the other may be.
  pow: (x, y) => (x === 1 || y === 0 ? 1 : x === -1 && !Number.isFinite(y) && !Number.isNaN(y) ? 1 : x ** y),
  fmod: (x, y) => x % y,
  mod: (x, y) => { const r = x % y; return r !== 0 && r < 0 !== y < 0 ? r + y : r === 0 ? M.copysign(0, y) : r; },
  floordiv: (x, y) => { const q = (x - M.mod(x, y)) / y, low = Math.floor(q); return q - low > 0.5 ? low + 1 : low; },
  remainder: (x, y) => { const r = Math.abs(x % y), d = Math.abs(y), n = Math.round((Math.abs(x) - r) / d), up = 2 * r > d || (2 * r === d && n % 2 === 1); return M.copysign(1, x) * (up ? r - d : r); },
  round: (x, digits) => {
    if (digits) return Number(x.toFixed(Math.max(0, Math.min(100, digits)))); // decimals
    const low = Math.floor(x), rest = x - low;
    return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? M.copysign(Math.abs(low), x) : low + 1; // halves to even
  },
  sinpi: (x) => { const r = Math.abs(x) % 2, s = r >= 1 ? -1 : 1, t = r % 1, u = t > 0.5 ? 1 - t : t; return M.copysign(1, x) * s * (u <= 0.25 ? Math.sin(Math.PI * u) : Math.cos(Math.PI * (0.5 - u))); },
  cospi: (x) => { let r = Math.abs(x) % 2; if (r > 1) r = 2 - r; return r <= 0.25 ? Math.cos(Math.PI * r) : r < 0.75 ? Math.sin(Math.PI * (0.5 - r)) : -Math.cos(Math.PI * (1 - r)); },
  // Terms of one sign where x is small, a continued fraction where it is large.
  erf: (x) => {
    if (Math.abs(x) > 3) return x < 0 ? M.erfc(-x) - 1 : 1 - M.erfc(x);
    let term = x, sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) { term *= (2 * x * x) / (2 * n + 1); sum += term; }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  },
  erfc: (x) => {
    if (x < 1) return x < -3 ? 2 - M.erfc(-x) : 1 - M.erf(x);
    if (x === Infinity) return 0;
    let rest = 0;
    for (let n = Math.ceil(20 + 300 / (x * x)); n > 0; n--) rest = n / 2 / (x + rest);
    return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + rest));
  },
  ndtr: (x) => 0.5 * M.erfc(-x * Math.SQRT1_2),
  max: (...xs) => Math.max(...xs.flat()),
  min: (...xs) => Math.min(...xs.flat()),
  prod: (xs) => xs.reduce((a, b) => a * b, 1),
  products_of_others: (xs) => xs.map((_, k) => xs.reduce((a, b, j) => (j === k ? a : a * b), 1)),
  plus: (x, y) => (Array.isArray(x) ? [...x, ...y] : x + y),
  times: (x, y) => (Array.isArray(x) ? Array.from({ length: y }, () => x).flat() : x * y),
  zip: (xs, ys) => xs.map((x, k) => [x, ys[k]]),
  enumerate: (xs) => xs.map((x, k) => [k, x]),
  /** The sum with one rounding at the end: partial sums that do not overlap, as Shewchuk keeps them. */
  fsum: (xs) => {
    const partials = [];
    for (let x of xs) {
      if (!Number.isFinite(x)) return xs.reduce((a, b) => a + b, 0);
      let kept = 0;
      for (let y of partials) {
        if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
        const high = x + y, low = y - (high - x);
        if (low) partials[kept++] = low;
        x = high;
      }
      partials.length = kept;
      partials.push(x);
    }
    let n = partials.length, high = 0, low = 0;
    if (n) high = partials[--n];
    while (n > 0 && !low) { const x = high, y = partials[--n]; high = x + y; low = y - (high - x); }
    // A half way case goes to even only as far as what is still below says.
    if (n > 0 && ((low < 0 && partials[n - 1] < 0) || (low > 0 && partials[n - 1] > 0))) { const y = 2 * low, x = high + y; if (y === x - high) high = x; }
    return high;
  },
};
