using System.Numerics;

namespace Precoding;

/// <summary>
/// What an access point sends up: G_l = H_l H_lᴴ of its own channels over σ_k, the upper triangle with the diagonal, n(n + 1)/2 complex numbers, row by row. [NCJT Remark 5; noncoherent.md §4.1]
/// </summary>
/// <param name="AccessPoint">l.</param>
/// <param name="AntennaCount">M, which bounds the rank of G_l.</param>
/// <param name="Upper">Row i from its diagonal entry on, row after row.</param>
/// <param name="WordBits">Bits of a real number; null where nothing was rounded.</param>
public sealed record AccessPointReport(int AccessPoint, int AntennaCount, IReadOnlyList<Complex> Upper, int? WordBits);

/// <summary>One stream of a command.</summary>
/// <param name="Stream">Number of the stream, sorted by user.</param>
/// <param name="User">Whom it is for.</param>
/// <param name="Coordinates">x, n complex numbers.</param>
public sealed record StreamCommand(int Stream, int User, IReadOnlyList<Complex> Coordinates);

/// <summary>What the central unit sends back: X_l, a vector for each stream that the access point sends. [NCJT Remark 5]</summary>
/// <param name="AccessPoint">l.</param>
public sealed record AccessPointCommand(int AccessPoint, IReadOnlyList<StreamCommand> Streams);

/// <summary>One access point in one realization: it knows its own channels and budget, reports G_l and turns the answer into precoders P_l = H_lᴴ X_l.</summary>
public sealed class AccessPointUnit
{
    private readonly Complex[] H;
    private readonly int accessPoint, rows, M;
    private readonly double budget;

    /// <param name="channels">Only the channels of this access point are read.</param>
    public AccessPointUnit(ChannelBatch channels, int realization, int accessPoint)
    {
        ChannelShape shape = channels.Shape;
        (this.accessPoint, rows, M) = (accessPoint, shape.UserCount * shape.UserAntennaCount, shape.AntennaCount);
        budget = channels.Network.AccessPoints[accessPoint].PowerBudgetWatts;
        H = new Complex[rows * M];
        for (int row = 0; row < rows; row++)
        {
            int k = row / shape.UserAntennaCount;
            double sigma = Math.Sqrt(channels.Network.NoisePowerOf(k));
            Span<Complex> link = H.AsSpan(row * M, M);
            channels.CopyLink(realization, k, accessPoint, link, row % shape.UserAntennaCount);
            foreach (ref Complex h in link)
            {
                h = (shape.UserAntennaCount == 1 ? Complex.Conjugate(h) : h) / sigma; // of one-antenna users a batch holds h, the row is hᴴ
            }
        }
    }

    /// <summary>G_l, rounded where a word length is given.</summary>
    /// <param name="wordBits">b, bits of a real number.</param>
    public AccessPointReport Report(int? wordBits = null)
    {
        var upper = new Complex[rows * (rows + 1) / 2];
        for (int i = 0, at = 0; i < rows; i++)
        {
            for (int j = i; j < rows; j++, at++)
            {
                for (int m = 0; m < M; m++)
                {
                    upper[at] += H[(i * M) + m] * Complex.Conjugate(H[(j * M) + m]);
                }
            }
        }

        if (wordBits is { } bits)
        {
            GramMatrix.RoundUpper(upper, rows, bits);
        }

        return new AccessPointReport(accessPoint, M, upper, wordBits);
    }

    /// <summary>p = H_lᴴ x for every stream of the command, in its order; all scaled down together where their power is above the budget.</summary>
    public IReadOnlyList<Complex[]> Precoders(AccessPointCommand command)
    {
        if (command.AccessPoint != accessPoint || command.Streams.Any(s => s.Coordinates.Count != rows))
        {
            throw new ValidationException(
                $"AccessPointUnit {accessPoint}: the command is for access point {command.AccessPoint} with vectors of {string.Join(", ", command.Streams.Select(s => s.Coordinates.Count).Distinct())} " +
                $"coordinates, expected {rows} for each of its own streams.");
        }

        Complex[][] precoders = [.. command.Streams.Select(_ => new Complex[M])];
        double power = 0;
        for (int s = 0; s < precoders.Length; s++)
        {
            for (int row = 0; row < rows; row++)
            {
                Complex x = command.Streams[s].Coordinates[row];
                for (int m = 0; m < M; m++)
                {
                    precoders[s][m] += Complex.Conjugate(H[(row * M) + m]) * x;
                }
            }

            power += precoders[s].Sum(p => (p.Real * p.Real) + (p.Imaginary * p.Imaginary));
        }

        double scale = power > budget ? Math.Sqrt(budget / power) : 1;
        return [.. precoders.Select(p => Array.ConvertAll(p, v => v * scale))];
    }
}
