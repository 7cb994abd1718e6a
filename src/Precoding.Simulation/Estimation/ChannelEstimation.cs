using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace Precoding.Simulation;

/// <summary>Where the errors of an estimate are independent, and of what size.</summary>
public enum EstimateError
{
    /// <summary>In the antennas, of one variance over a link: pilots in noise, no knowledge of the channel.</summary>
    Antennas,

    /// <summary>In the M orthogonal beams, each in proportion to its own strength: an estimator that knows where a link's power comes from, and errs there.</summary>
    Beams,
}

/// <summary>Imperfect knowledge of channels: precoders are designed on an estimate and judged on the truth.</summary>
public static class ChannelEstimation
{
    /// <summary>
    /// Ĥ_{k,l} = H_{k,l} + E_{k,l} with E‖E_{k,l}‖² = ν‖H_{k,l}‖², ν = 10^(nmseDb/10), for every link. <see cref="EstimateError.Antennas"/>: entries CN(0, ν‖H_{k,l}‖²/(N·M));
    /// <see cref="EstimateError.Beams"/>: with b the unitary discrete Fourier transform of a row, entries CN(0, ν|b_n|²) there. Errors belong to (seed, realization, user, access point). A link without any channel is known to be none. Path parameters are not carried over: an estimate has none.
    /// </summary>
    /// <param name="channels">The truth; its network and serving sets are kept.</param>
    /// <param name="nmseDb">Normalized mean square error, dB.</param>
    /// <param name="seed">Of the errors.</param>
    /// <param name="error">Where they are independent.</param>
    /// <exception cref="ValidationException">The error is no finite number.</exception>
    public static ChannelBatch Estimate(this ChannelBatch channels, double nmseDb, ulong seed, EstimateError error = EstimateError.Antennas)
    {
        if (!double.IsFinite(nmseDb))
        {
            throw new ValidationException($"Estimate: the normalized mean square error is {nmseDb} dB; expected a finite number, such as -10.");
        }

        ChannelShape shape = channels.Shape;
        double nmse = Math.Pow(10, nmseDb / 10);
        var estimate = new Complex[checked((int)(shape.RealizationCount * shape.CoefficientsPerRealization))];
        int links = shape.RealizationCount * shape.UserCount * shape.AccessPointCount, size = shape.UserAntennaCount * shape.AntennaCount;
        Parallel.For(0, links, link =>
        {
            int l = link % shape.AccessPointCount, k = link / shape.AccessPointCount % shape.UserCount, r = link / shape.AccessPointCount / shape.UserCount;
            var random = new CounterRandom(seed, RandomPurpose.EstimateError, channels.FirstRealization + r, k, l);
            Span<Complex> rows = estimate.AsSpan(link * size, size);
            for (int a = 0; a < shape.UserAntennaCount; a++)
            {
                channels.CopyLink(r, k, l, rows.Slice(a * shape.AntennaCount, shape.AntennaCount), a);
            }

            if (error == EstimateError.Beams)
            {
                AddInBeams(rows, shape.AntennaCount, nmse, random);
            }
            else
            {
                AddInAntennas(rows, nmse, random);
            }
        });
        ChannelBatch batch = channels.Precision == Precision.Double
            ? ChannelBatch.FromArray(channels.Network, shape, estimate)
            : ChannelBatch.FromArray(channels.Network, shape, Array.ConvertAll(estimate, value => (ComplexF)value));
        return batch.WithServing(channels.Serving).StartingAt(channels.FirstRealization);
    }

    private static void AddInAntennas(Span<Complex> rows, double nmse, CounterRandom random)
    {
        double energy = 0;
        foreach (Complex value in rows)
        {
            energy += (value.Real * value.Real) + (value.Imaginary * value.Imaginary);
        }

        double deviation = Math.Sqrt(nmse * energy / rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] += deviation * random.ComplexNormal((uint)i);
        }
    }

    private static void AddInBeams(Span<Complex> rows, int M, double nmse, CounterRandom random)
    {
        double deviation = Math.Sqrt(nmse);
        for (int start = 0; start < rows.Length; start += M)
        {
            Complex[] beams = rows.Slice(start, M).ToArray();
            Fourier.Forward(beams, FourierOptions.Default); // unitary
            for (int n = 0; n < M; n++)
            {
                beams[n] = deviation * beams[n].Magnitude * random.ComplexNormal((uint)(start + n));
            }

            Fourier.Inverse(beams, FourierOptions.Default);
            for (int m = 0; m < M; m++)
            {
                rows[start + m] += beams[m];
            }
        }
    }
}
