// All kernels in one module.
#include "buckets.cuh"
#include "cells.cuh"
#include "rounds.cuh"
#include "vectors.cuh"
