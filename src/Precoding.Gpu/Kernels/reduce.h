// Sums over the threads of a group, a power of two of them, in an order that depends on nothing else; every thread of the group calls, and gets the sum.
DEVICE double sum_of_threads(const int threads, const double value, IN_SHARED double* scratch)
{
    scratch[THREAD] = value;
    BARRIER;
    for (int step = threads / 2; step > 0; step /= 2)
    {
        if (THREAD < step)
        {
            scratch[THREAD] += scratch[THREAD + step];
        }

        BARRIER;
    }

    const double sum = scratch[0];
    BARRIER;
    return sum;
}

// The sum over a group of GROUP.
DEVICE double group_sum(const double value, IN_SHARED double* scratch) { return sum_of_threads(GROUP, value, scratch); }

// The largest over the threads of a group, a power of two of them; what is no number counts only where it is thread 0's.
DEVICE double max_of_threads(const int threads, const double value, IN_SHARED double* scratch)
{
    scratch[THREAD] = value;
    BARRIER;
    for (int step = threads / 2; step > 0; step /= 2)
    {
        if (THREAD < step && scratch[THREAD + step] > scratch[THREAD])
        {
            scratch[THREAD] = scratch[THREAD + step];
        }

        BARRIER;
    }

    const double largest = scratch[0];
    BARRIER;
    return largest;
}

// The largest over a group of GROUP.
DEVICE double group_max(const double value, IN_SHARED double* scratch) { return max_of_threads(GROUP, value, scratch); }

// Sums of `numbers` values a thread at once, which are at scratch[THREAD * numbers]: number i of a block goes to sums[block][i][GROUP_X], its chunk GROUP_X.
DEVICE void chunk_sums(const int numbers, const wide block, const int chunks, IN_SHARED double* scratch, GLOBAL double* sums)
{
    BARRIER;
    for (int step = GROUP / 2; step > 0; step /= 2)
    {
        for (int i = THREAD; i < step * numbers; i += GROUP)
        {
            scratch[i] += scratch[i + step * numbers];
        }

        BARRIER;
    }

    for (int number = THREAD; number < numbers; number += GROUP)
    {
        sums[(block * numbers + number) * chunks + GROUP_X] = scratch[number];
    }

    BARRIER;
}

// Sum of `count` parts over a group of GROUP, a thread every GROUP-th; every thread gets it.
DEVICE double sum_parts(const int count, GLOBAL const double* parts, IN_SHARED double* scratch)
{
    double sum = 0;
    for (int i = THREAD; i < count; i += GROUP)
    {
        sum += parts[i];
    }

    return group_sum(sum, scratch);
}

// totals[i] = sum of the `chunks` partial sums of number i, in order; the group's threads share the `count` numbers.
DEVICE void total_chunks(const int count, const int chunks, GLOBAL const double* sums, GLOBAL double* totals)
{
    for (int i = THREAD; i < count; i += GROUP)
    {
        double sum = 0;
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            sum += sums[(wide)i * chunks + chunk];
        }

        totals[i] = sum;
    }

    BARRIER;
}
