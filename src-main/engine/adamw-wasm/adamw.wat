;; The optimizer pass of the CPU engine: the global norm and AdamW over float32 arrays, four values at a time.
;;
;; All operations are rounded one by one in float32 and in the order of src-main/model/adamw.ts, so the result
;; is bit for bit what the same update as single graph operations gives. No relaxed instructions: the same bytes
;; on every machine. Arrays begin at multiples of 16 bytes and are whole multiples of 16 bytes long.
;; test/engine/assemble-adamw-wasm.ts turns this file into adamw-bytes.ts.
(module
  (import "state" "memory" (memory 0))

  ;; Sum of the squares of `bytes` / 4 values from `x` on. Products and sums in float64: a float32 sum of
  ;; millions of squares would lose digits that the clip factor needs.
  (func (export "sumOfSquares") (param $x i32) (param $bytes i32) (result f64)
    (local $offset i32)
    (local $values v128)
    (local $low v128)
    (local $high v128)
    (local $lowSum v128)
    (local $highSum v128)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $offset) (local.get $bytes)))
        (local.set $values (v128.load (i32.add (local.get $x) (local.get $offset))))
        (local.set $low (f64x2.promote_low_f32x4 (local.get $values)))
        (local.set $high
          (f64x2.promote_low_f32x4
            (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
              (local.get $values) (local.get $values))))
        (local.set $lowSum
          (f64x2.add (local.get $lowSum) (f64x2.mul (local.get $low) (local.get $low))))
        (local.set $highSum
          (f64x2.add (local.get $highSum) (f64x2.mul (local.get $high) (local.get $high))))
        (local.set $offset (i32.add (local.get $offset) (i32.const 16)))
        (br $next)))
    (local.set $lowSum (f64x2.add (local.get $lowSum) (local.get $highSum)))
    (f64.add
      (f64x2.extract_lane 0 (local.get $lowSum))
      (f64x2.extract_lane 1 (local.get $lowSum))))

  ;; One AdamW step over `bytes` / 4 values of the parameters at `p`, the moments at `m` and `v`, and the
  ;; gradients at `g`:
  ;;   g' = g·factor;  m = m·beta1 + g'·beta1Rest;  v = v·beta2 + g'²·beta2Rest
  ;;   p  = p·kept − (m / (√v·rootScale + epsilon))·stepSize
  (func (export "update")
    (param $p i32) (param $m i32) (param $v i32) (param $g i32) (param $bytes i32)
    (param $factor f32)
    (param $beta1 f32) (param $beta1Rest f32) (param $beta2 f32) (param $beta2Rest f32)
    (param $kept f32) (param $stepSize f32) (param $rootScale f32) (param $epsilon f32)
    (local $offset i32)
    (local $at i32)
    (local $gradient v128)
    (local $moment v128)
    (local $second v128)
    (local $factors v128)
    (local $beta1s v128)
    (local $beta1Rests v128)
    (local $beta2s v128)
    (local $beta2Rests v128)
    (local $kepts v128)
    (local $stepSizes v128)
    (local $rootScales v128)
    (local $epsilons v128)
    (local.set $factors (f32x4.splat (local.get $factor)))
    (local.set $beta1s (f32x4.splat (local.get $beta1)))
    (local.set $beta1Rests (f32x4.splat (local.get $beta1Rest)))
    (local.set $beta2s (f32x4.splat (local.get $beta2)))
    (local.set $beta2Rests (f32x4.splat (local.get $beta2Rest)))
    (local.set $kepts (f32x4.splat (local.get $kept)))
    (local.set $stepSizes (f32x4.splat (local.get $stepSize)))
    (local.set $rootScales (f32x4.splat (local.get $rootScale)))
    (local.set $epsilons (f32x4.splat (local.get $epsilon)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $offset) (local.get $bytes)))
        (local.set $gradient
          (f32x4.mul (v128.load (i32.add (local.get $g) (local.get $offset))) (local.get $factors)))

        (local.set $at (i32.add (local.get $m) (local.get $offset)))
        (local.set $moment
          (f32x4.add
            (f32x4.mul (v128.load (local.get $at)) (local.get $beta1s))
            (f32x4.mul (local.get $gradient) (local.get $beta1Rests))))
        (v128.store (local.get $at) (local.get $moment))

        (local.set $at (i32.add (local.get $v) (local.get $offset)))
        (local.set $second
          (f32x4.add
            (f32x4.mul (v128.load (local.get $at)) (local.get $beta2s))
            (f32x4.mul (f32x4.mul (local.get $gradient) (local.get $gradient)) (local.get $beta2Rests))))
        (v128.store (local.get $at) (local.get $second))

        (local.set $at (i32.add (local.get $p) (local.get $offset)))
        (v128.store (local.get $at)
          (f32x4.sub
            (f32x4.mul (v128.load (local.get $at)) (local.get $kepts))
            (f32x4.mul
              (f32x4.div
                (local.get $moment)
                (f32x4.add
                  (f32x4.mul (f32x4.sqrt (local.get $second)) (local.get $rootScales))
                  (local.get $epsilons)))
              (local.get $stepSizes))))

        (local.set $offset (i32.add (local.get $offset) (i32.const 16)))
        (br $next))))
)
