using System.Globalization;
using System.Numerics;
using System.Text;

namespace Precoding.Simulation;

/// <summary>Writes the coefficients of a batch as a table in text, one a line, for spreadsheets and pandas; for small batches.</summary>
internal static class ChannelCsvWriter
{
    public static void Write(string path, ChannelBatch channels, string? metaJson) => AtomicFile.Write(path, stream =>
    {
        ChannelShape shape = channels.Shape;
        bool rows = shape.UserAntennaCount > 1;
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        if (metaJson is not null)
        {
            writer.WriteLine($"# {metaJson.ReplaceLineEndings(" ")}");
        }

        writer.WriteLine(rows ? "realization,user,accessPoint,userAntenna,antenna,re,im" : "realization,user,accessPoint,antenna,re,im");
        var link = new Complex[shape.AntennaCount];
        for (int row = 0; row < shape.RealizationCount * shape.UserCount * shape.AccessPointCount * shape.UserAntennaCount; row++)
        {
            int n = row % shape.UserAntennaCount, l = row / shape.UserAntennaCount % shape.AccessPointCount;
            int k = row / shape.UserAntennaCount / shape.AccessPointCount % shape.UserCount, r = row / shape.UserAntennaCount / shape.AccessPointCount / shape.UserCount;
            channels.CopyLink(r, k, l, link, n);
            for (int m = 0; m < link.Length; m++)
            {
                string indices = rows ? $"{r},{k},{l},{n},{m}" : $"{r},{k},{l},{m}";
                writer.WriteLine(channels.Precision == Precision.Single
                    ? string.Create(CultureInfo.InvariantCulture, $"{indices},{(float)link[m].Real:R},{(float)link[m].Imaginary:R}")
                    : string.Create(CultureInfo.InvariantCulture, $"{indices},{link[m].Real:R},{link[m].Imaginary:R}"));
            }
        }
    });
}
