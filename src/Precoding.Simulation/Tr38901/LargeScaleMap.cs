namespace Precoding.Simulation;

/// <summary>
/// Standard normal large-scale variables of the links of one realization: correlated over the users as exp(−distance/correlation distance), exactly,
/// by the Cholesky factor of that matrix; then correlated with each other by the Cholesky factor of [38.901 Table 7.5-6] in the order of
/// [38.901 §7.5 step 4]. Access points are independent of each other, as the report has different sites.
/// </summary>
internal sealed class LargeScaleMap
{
    private static readonly double[,] CrossFactor = Cholesky(UrbanMacroTable.Order.Length, UrbanMacroTable.Correlation);

    private readonly double[,] delayFactor, otherFactor;

    public LargeScaleMap(IReadOnlyList<Position> users, ParallelOptions parallel)
    {
        double[,]? delay = null, other = null;
        Parallel.Invoke(
            parallel,
            () => delay = Cholesky(users.Count, (i, j) => Correlation(users[i], users[j], UrbanMacroTable.DelayCorrelationMetres)),
            () => other = Cholesky(users.Count, (i, j) => Correlation(users[i], users[j], UrbanMacroTable.CorrelationMetres)));
        (delayFactor, otherFactor) = (delay!, other!);
    }

    /// <summary>Variables of every link of a realization, [user, accessPoint, parameter] in the table's order, each N(0, 1).</summary>
    /// <remarks>User k gets a sum of the draws of users 0…k in this order, so it depends neither on threads nor on later users.</remarks>
    public double[,,] Draw(ulong seed, int realization, int accessPointCount, ParallelOptions parallel)
    {
        int userCount = delayFactor.GetLength(0), parameterCount = UrbanMacroTable.Order.Length;
        double[,,] white = DrawIndependent(seed, realization, userCount, accessPointCount);
        var result = new double[userCount, accessPointCount, parameterCount];
        Parallel.For(0, userCount, parallel, user =>
        {
            var overUsers = new double[parameterCount];
            for (int accessPoint = 0; accessPoint < accessPointCount; accessPoint++)
            {
                for (int parameter = 0; parameter < parameterCount; parameter++)
                {
                    double[,] factor = UrbanMacroTable.Order[parameter] == LargeScaleParameter.DelaySpread ? delayFactor : otherFactor;
                    double sum = 0;
                    for (int other = 0; other <= user; other++)
                    {
                        sum += factor[user, other] * white[other, accessPoint, parameter];
                    }

                    overUsers[parameter] = sum;
                    for (int j = 0; j <= parameter; j++)
                    {
                        result[user, accessPoint, parameter] += CrossFactor[parameter, j] * overUsers[j];
                    }
                }
            }
        });
        return result;
    }

    private static double[,,] DrawIndependent(ulong seed, int realization, int userCount, int accessPointCount)
    {
        int parameterCount = UrbanMacroTable.Order.Length;
        var white = new double[userCount, accessPointCount, parameterCount];
        for (int user = 0; user < userCount; user++)
        {
            for (int accessPoint = 0; accessPoint < accessPointCount; accessPoint++)
            {
                var random = new CounterRandom(seed, RandomPurpose.LargeScale, realization, user, accessPoint);
                for (int pair = 0; pair < parameterCount / 2; pair++)
                {
                    (white[user, accessPoint, 2 * pair], white[user, accessPoint, (2 * pair) + 1]) = random.NormalPair((uint)pair);
                }
            }
        }

        return white;
    }

    /// <summary>Lower factor L with L Lᵀ = matrix; a pivot of zero (two users at one place) leaves its column zero.</summary>
    internal static double[,] Cholesky(int size, Func<int, int, double> matrix)
    {
        const double SmallestPivot = 1e-12; // of a unit diagonal: rounding of coinciding rows, far below any real distance
        var factor = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = matrix(i, j);
                for (int k = 0; k < j; k++)
                {
                    sum -= factor[i, k] * factor[j, k];
                }

                if (i == j)
                {
                    factor[i, i] = sum > SmallestPivot ? Math.Sqrt(sum) : 0;
                }
                else
                {
                    factor[i, j] = factor[j, j] > 0 ? sum / factor[j, j] : 0;
                }
            }
        }

        return factor;
    }

    private static double Correlation(Position a, Position b, double distance)
    {
        double dx = a.X - b.X, dy = a.Y - b.Y;
        return Math.Exp(-Math.Sqrt((dx * dx) + (dy * dy)) / distance);
    }
}
