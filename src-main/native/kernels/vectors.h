/* Vectors of the widest registers of the processor this is compiled for, and the elementary functions on them. */
#ifndef ESPALIER_VECTORS_H
#define ESPALIER_VECTORS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif

typedef float vec __attribute__((vector_size(LANES * 4)));
typedef int32_t ivec __attribute__((vector_size(LANES * 4)));
typedef float loose_vec __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

static inline vec load(const float *p) { return *(const loose_vec *)p; }
static inline void store(float *p, vec v) { *(loose_vec *)p = v; }
static inline vec splat(float x) { return x - (vec){0}; }

/* a where mask is all ones, b where it is zero. */
static inline vec choose(ivec mask, vec a, vec b) {
#if defined(__clang__) /* makes one instruction of the loop; GCC makes three of the other form */
  vec r;
  for (int i = 0; i < LANES; i++) r[i] = mask[i] ? a[i] : b[i];
  return r;
#else
  return (vec)((mask & (ivec)a) | (~mask & (ivec)b));
#endif
}

/* The smaller and the larger number; b where one of them is none. */
static inline vec below(vec a, vec b) { return choose(a < b, a, b); }
static inline vec above(vec a, vec b) { return choose(a > b, a, b); }

/* As those, but NaN where either is NaN. */
static inline vec smaller(vec a, vec b) { return choose(a != a, a, below(a, b)); }
static inline vec larger(vec a, vec b) { return choose(a != a, a, above(a, b)); }

static inline float sum_of(vec v) {
  float lanes[LANES];
  store(lanes, v);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
  return lanes[0];
}

static inline float largest_of(vec v) {
  float top = v[0];
  for (int i = 1; i < LANES; i++) top = v[i] > top || v[i] != v[i] ? v[i] : top;
  return top;
}

/* 2^n for whole n in [-126, 127]. */
static inline vec power_of_two(ivec n) { return (vec)((n + 127) << 23); }

/* e^x: x = n ln 2 + r, then a polynomial in r (Cephes expf). Relative error below 2e-7; exactly 0 from −104 down. */
static inline vec exp_of(vec x) {
  const vec y = below(splat(89), above(splat(-104.5f), x)); /* NaN passes */
  const vec rounded = (y * 1.44269504088896341f + 12582912.0f) - 12582912.0f;
  vec r = y - rounded * 0.693359375f;
  r = r - rounded * -2.12194440e-4f;
  vec p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  /* Two factors: 2^n alone may be too large or too small where the result, infinity or 0, is right. */
  const ivec n = __builtin_convertvector(rounded, ivec), half = n >> 1;
  return p * power_of_two(half) * power_of_two(n - half);
}

/* ln x (Cephes logf); NaN below 0, -infinity at 0. Denormals count as zero. */
static inline vec log_of(vec x) {
  ivec bits = (ivec)x;
  ivec exponent = ((bits >> 23) & 255) - 126;
  vec m = (vec)((bits & 0x007fffff) | 0x3f000000); /* [0.5, 1) */
  ivec below = m < splat(0.707106781186547524f);
  exponent += below; /* all ones is -1 */
  m = choose(below, m + m, m) - 1.0f;
  vec e = __builtin_convertvector(exponent, vec);
  vec z = m * m;
  vec p = splat(7.0376836292e-2f);
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  vec y = p * m * z + e * -2.12194440e-4f - 0.5f * z;
  vec result = m + y + e * 0.693359375f;
  result = choose(x == splat(__builtin_inff()), x, result);
  result = choose(x == splat(0), splat(-__builtin_inff()), result);
  return choose((x < splat(0)) | (x != x), splat(__builtin_nanf("")), result);
}

/* Gauss error function: a rational function on [-4, 4] (as in Eigen and XLA); absolute error below 4e-7. */
static inline vec erf_of(vec x) {
  const vec c = below(splat(4), above(splat(-4), x)); /* NaN passes */
  vec z = c * c;
  vec p = splat(-2.72614225801306e-10f);
  p = p * z + 2.77068142495902e-08f;
  p = p * z - 2.10102402082508e-06f;
  p = p * z - 5.69250639462346e-05f;
  p = p * z - 7.34990630326855e-04f;
  p = p * z - 2.95459980854025e-03f;
  p = p * z - 1.60960333262415e-02f;
  vec q = splat(-1.45660718464996e-05f);
  q = q * z - 2.13374055278905e-04f;
  q = q * z - 1.68282697438203e-03f;
  q = q * z - 7.37332916720468e-03f;
  q = q * z - 1.42647390514189e-02f;
  return c * p / q;
}

static inline vec sigmoid_of(vec x) { return 1.0f / (1.0f + exp_of(-x)); }

/* tanh x: (1 - t)/(1 + t) with t = e^(-2|x|), and for small x the odd polynomial of Cephes tanhf. */
static inline vec tanh_of(vec x) {
  vec magnitude = (vec)((ivec)x & 0x7fffffff);
  vec t = exp_of(magnitude * -2.0f);
  vec far = (1.0f - t) / (1.0f + t);
  far = (vec)((ivec)far | ((ivec)x & (int32_t)0x80000000));
  vec z = x * x;
  vec p = splat(-5.70498872745e-3f);
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  vec near = p * z * x + x;
  return choose(magnitude < splat(0.625f), near, choose(x == x, far, x));
}

static inline vec sqrt_of(vec x) {
  vec r;
  for (int i = 0; i < LANES; i++) r[i] = __builtin_sqrtf(x[i]);
  return r;
}

#endif
