/* The kernels for one kind of vectors; compiled once for each with VARIANT, a name, and the processor's flags. */
#include "products.h"
#include "rows.h"

#if LANES == 16
#define NAME "AVX-512"
#elif LANES == 8
#define NAME "AVX2"
#elif defined(__aarch64__)
#define NAME "NEON"
#else
#define NAME "SSE2"
#endif

const struct kernels VARIANT = {.name = NAME,
                                .lanes = LANES,
                                .tile_rows = TILE_ROWS,
                                .tile_columns = TILE_COLUMNS,
                                .product_scratch = PRODUCT_SCRATCH,
                                .product = product,
                                .run_rows = run_rows};
