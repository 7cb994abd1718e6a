using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Precoding;

/// <summary>What one layer of the unfolded projected gradient has learned; all are free of scale. [bln-pgp.md §1]</summary>
/// <param name="StepSize">α &gt; 0.</param>
/// <param name="Retention">β of the momentum, from 0 to 1.</param>
/// <param name="RegularizerScale">κ &gt; 0.</param>
/// <param name="RegularizerExponent">p: 0 for the multiplier λ, 1 for the mean eigenvalue of ΩG.</param>
public readonly record struct UnfoldedLayer(double StepSize, double Retention, double RegularizerScale, double RegularizerExponent);

/// <summary>
/// Weights of <see cref="UnfoldedProjectedGradient"/>: a JSON file with the architecture, the layers, the SHA-256 of their numbers, and how they were trained.
/// </summary>
public sealed class UnfoldedWeights
{
    /// <summary>What the layers compute; other architectures have other names.</summary>
    public const string Architecture = "unfolded-projected-gradient-1";

    private const string Remedy = "Give a file that 'train bln-pgp' wrote.";
    private static readonly Lazy<UnfoldedWeights> shipped = new(ReadShipped);

    /// <param name="name">For people: a file's name.</param>
    /// <param name="layers">In order.</param>
    public UnfoldedWeights(string name, IReadOnlyList<UnfoldedLayer> layers)
    {
        (Name, Layers) = (name, layers);
        var problems = new List<string>();
        if (layers.Count == 0)
        {
            problems.Add($"{name}: there are no layers; expected at least one. {Remedy}");
        }

        for (int i = 0; i < layers.Count; i++)
        {
            UnfoldedLayer layer = layers[i];
            Require(layer.StepSize > 0, i, "stepSize", layer.StepSize, "positive and finite");
            Require(layer.Retention is >= 0 and <= 1, i, "retention", layer.Retention, "from 0 to 1");
            Require(layer.RegularizerScale > 0, i, "regularizerScale", layer.RegularizerScale, "positive and finite");
            Require(true, i, "regularizerExponent", layer.RegularizerExponent, "finite");
        }

        ValidationException.ThrowIfAny(problems);

        void Require(bool holds, int layer, string number, double value, string expected)
        {
            if (!holds || !double.IsFinite(value))
            {
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: {number} of layer {layer} is {value}; it must be {expected}. {Remedy}"));
            }
        }
    }

    /// <summary>The weights that come with the library.</summary>
    public static UnfoldedWeights Shipped => shipped.Value;

    public string Name { get; }

    public IReadOnlyList<UnfoldedLayer> Layers { get; }

    /// <summary>SHA-256, lower-case hexadecimal, of the numbers in order, layer after layer, as little-endian 64-bit IEEE numbers.</summary>
    public string Hash
    {
        get
        {
            const int Size = 4 * sizeof(double);
            var bytes = new byte[Layers.Count * Size];
            for (int i = 0; i < Layers.Count; i++)
            {
                UnfoldedLayer layer = Layers[i];
                double[] numbers = [layer.StepSize, layer.Retention, layer.RegularizerScale, layer.RegularizerExponent];
                for (int j = 0; j < numbers.Length; j++)
                {
                    BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan((i * Size) + (j * sizeof(double))), numbers[j]);
                }
            }

            return Convert.ToHexStringLower(SHA256.HashData(bytes));
        }
    }

    /// <summary>Reads a file; what is wrong with it is a <see cref="ValidationException"/>.</summary>
    public static UnfoldedWeights Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new ValidationException($"{path} does not exist; expected a file of weights. {Remedy}");
        }

        return Parse(path, File.ReadAllText(path));
    }

    /// <summary>The weights in a JSON text; numbers that do not have the hash that stands beside them are refused.</summary>
    public static UnfoldedWeights Parse(string name, string json)
    {
        JsonObject file;
        try
        {
            file = JsonNode.Parse(json) as JsonObject ?? throw new ValidationException($"{name}: expected a JSON object. {Remedy}");
        }
        catch (JsonException error)
        {
            throw new ValidationException($"{name}: is no JSON (line {error.LineNumber + 1}); expected weights. {Remedy}");
        }

        string architecture = Text("architecture");
        if (architecture != Architecture)
        {
            throw new ValidationException($"{name}: architecture is '{architecture}', expected '{Architecture}'. {Remedy}");
        }

        if (file["layers"] is not JsonArray layers)
        {
            throw new ValidationException($"{name}: 'layers' is missing or no array. {Remedy}");
        }

        var weights = new UnfoldedWeights(name, [.. layers.Select((layer, i) => new UnfoldedLayer(
            Number(layer, i, "stepSize"), Number(layer, i, "retention"), Number(layer, i, "regularizerScale"), Number(layer, i, "regularizerExponent")))]);
        string hash = Text("sha256");
        return hash == weights.Hash
            ? weights
            : throw new ValidationException($"{name}: sha256 is {hash}, its numbers have {weights.Hash}; they were changed after training. Restore the file or train again.");

        string Text(string key) => file[key] is JsonValue value && value.TryGetValue(out string? text)
            ? text
            : throw new ValidationException($"{name}: '{key}' is missing or no text. {Remedy}");

        double Number(JsonNode? layer, int i, string key) => layer is JsonObject numbers && numbers[key] is JsonValue value && value.TryGetValue(out double number)
            ? number
            : throw new ValidationException($"{name}: '{key}' of layer {i} is missing or no number. {Remedy}");
    }

    /// <summary>The file's text.</summary>
    /// <param name="training">How the numbers came about.</param>
    public string ToJson(JsonNode training) => new JsonObject
    {
        ["architecture"] = Architecture,
        ["layers"] = new JsonArray([.. Layers.Select(layer => new JsonObject
        {
            ["stepSize"] = layer.StepSize,
            ["retention"] = layer.Retention,
            ["regularizerScale"] = layer.RegularizerScale,
            ["regularizerExponent"] = layer.RegularizerExponent,
        })]),
        ["sha256"] = Hash,
        ["training"] = training,
    }.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";

    /// <summary>The name, and the hash that says which numbers they are.</summary>
    public override string ToString() => $"{Name} (sha256 {Hash})";

    private static UnfoldedWeights ReadShipped()
    {
        const string Resource = "Precoding.Precoders.Coherent.bln-pgp.weights.json";
        using Stream stream = typeof(UnfoldedWeights).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return Parse("bln-pgp.weights.json", reader.ReadToEnd());
    }
}
