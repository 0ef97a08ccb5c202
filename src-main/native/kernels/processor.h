/* Which kernels this processor can run, the widest first. */
#ifndef ESPALIER_PROCESSOR_H
#define ESPALIER_PROCESSOR_H

#include "kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>

extern const struct kernels kernels_avx512, kernels_avx2, kernels_sse2;

/* Whether the operating system keeps the registers that `mask` names (Intel SDM vol. 1, 13.2). */
static int system_keeps(uint32_t mask) {
  uint32_t a, b, c, d, low, high;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) return 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & mask) == mask;
}

static int has(uint32_t leaf7_bits) {
  uint32_t a, b, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & leaf7_bits) == leaf7_bits;
}

static int has_fma(void) {
  uint32_t a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 12));
}

/* The widest kernels of at most `lanes` lanes. */
static const struct kernels *kernels_for(int lanes) {
  const uint32_t avx2 = 1u << 5 | 1u << 3 | 1u << 8; /* AVX2, BMI1, BMI2 */
  const uint32_t avx512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31; /* F, DQ, CD, BW, VL */
  const int wide = has(avx2) && has_fma() && system_keeps(0x6);
  if (lanes >= 16 && wide && has(avx512) && system_keeps(0xe6)) return &kernels_avx512;
  if (lanes >= 8 && wide) return &kernels_avx2;
  return &kernels_sse2;
}
#else
extern const struct kernels kernels_neon;

static const struct kernels *kernels_for(int lanes) {
  (void)lanes;
  return &kernels_neon;
}
#endif

#endif
