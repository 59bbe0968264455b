// All kernels in one module.
#include "buckets.cuh"
#include "ceilings.cuh"
#include "cells.cuh"
#include "layouts.cuh"
#include "rounds.cuh"
#include "tables.cuh"
#include "values.cuh"
#include "vectors.cuh"
