using System.Text.Json.Nodes;
using NUnit.Framework;

namespace Precoding.Abstractions.Tests;

public sealed class UnfoldedWeightsTests
{
    private static string Shipped
    {
        get
        {
            using Stream stream = typeof(UnfoldedWeights).Assembly.GetManifestResourceStream("Precoding.Precoders.Coherent.bln-pgp.weights.json")!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    [Test]
    public void ShippedWeightsHaveTheirHashAndTheirLog()
    {
        JsonNode file = JsonNode.Parse(Shipped)!;
        JsonArray log = file["training"]!["log"]!.AsArray();
        Assert.Multiple(() =>
        {
            Assert.That((string)file["sha256"]!, Is.EqualTo(UnfoldedWeights.Shipped.Hash));
            Assert.That((string)file["training"]!["command"]!, Does.StartWith("train bln-pgp --layers ").And.Contain("--seed "));
            Assert.That(log, Has.Count.GreaterThan(1));
            Assert.That((double)log[^1]!["validation"]!, Is.LessThan((double)log[0]!["validation"]!));
        });
    }

    [Test]
    public void AFileComesBackAsItWasWritten()
    {
        var weights = new UnfoldedWeights("w", [new(0.1, 0, 1 / 3.0, -0.5), new(2, 1, 1e-9, 1)]);
        UnfoldedWeights read = UnfoldedWeights.Parse("w", weights.ToJson(new JsonObject()));
        Assert.That(read.Layers, Is.EqualTo(weights.Layers));
        Assert.That(read.Hash, Is.EqualTo(weights.Hash));
    }

    [TestCase("{", "is no JSON")]
    [TestCase("[]", "expected a JSON object")]
    [TestCase("{}", "'architecture' is missing")]
    [TestCase("""{"architecture": "transformer"}""", "architecture is 'transformer', expected 'unfolded-projected-gradient-1'")]
    [TestCase("""{"architecture": "unfolded-projected-gradient-1"}""", "'layers' is missing")]
    [TestCase("""{"architecture": "unfolded-projected-gradient-1", "layers": []}""", "there are no layers")]
    [TestCase("""{"architecture": "unfolded-projected-gradient-1", "layers": [1]}""", "'stepSize' of layer 0 is missing")]
    [TestCase("""{"architecture": "unfolded-projected-gradient-1", "layers": [{"stepSize": -1, "retention": 2, "regularizerScale": 1, "regularizerExponent": 0}]}""", "retention of layer 0 is 2; it must be from 0 to 1")]
    [TestCase("""{"architecture": "unfolded-projected-gradient-1", "layers": [{"stepSize": 1, "retention": 0, "regularizerScale": 1, "regularizerExponent": 0}], "sha256": "00"}""", "sha256 is 00, its numbers have")]
    public void WhatIsWrongWithAFileIsSaid(string json, string expected) =>
        Assert.That(() => UnfoldedWeights.Parse("file.json", json), Throws.TypeOf<ValidationException>().With.Message.StartsWith("file.json: ").And.Message.Contains(expected));

    [Test]
    public void ChangedNumbersAreRefused()
    {
        JsonNode file = JsonNode.Parse(Shipped)!;
        file["layers"]![0]!["stepSize"] = 1.25;
        Assert.That(() => UnfoldedWeights.Parse("file.json", file.ToJsonString()), Throws.TypeOf<ValidationException>().With.Message.Contains("changed after training"));
    }

    [Test]
    public void NoIterationsBeyondTheLayers()
    {
        var weights = new UnfoldedWeights("two", [new(1, 0, 1, 0.5), new(1, 0.5, 1, 0.5)]);
        Assert.That(new UnfoldedProjectedGradient(new() { Weights = weights }).Options.MaxIterations, Is.EqualTo(2));
        Assert.That(new UnfoldedProjectedGradient(new() { Weights = weights, MaxIterations = 1 }).Options.MaxIterations, Is.EqualTo(1));
    }
}
