using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;

namespace Precoding.Simulation.Tests.Reports;

/// <summary>The file of a report: well formed, whole in itself, and texts that stay texts.</summary>
public class HtmlReportTests
{
    private static readonly Report Sample = SampleReport.Create();
    private static readonly string Html = HtmlReport.Write(Sample);
    private static readonly string[] Scripts = [.. Regex.Matches(Html, "<script[^>]*>(.*?)</script>", RegexOptions.Singleline).Select(m => m.Groups[1].Value)];

    // the page is XML too, but for what stands in scripts
    private static readonly XDocument Page = XDocument.Parse(Regex.Replace(Html, "(<script[^>]*>).*?(</script>)", "$1$2", RegexOptions.Singleline).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));

    private static IEnumerable<Chart> Charts => Sample.Sections.SelectMany(s => s.Charts);

    [Test]
    public void EveryPartIsThere()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Html, Does.StartWith("<!DOCTYPE html>\n<html lang=\"en\">"));
            Assert.That(Page.Descendants("section").Select(s => s.Attribute("id")!.Value), Is.EqualTo(Sample.Sections.Select(s => s.Id)));
            Assert.That(Page.Descendants("nav").Descendants("a").Select(a => a.Attribute("href")!.Value), Is.EqualTo(Sample.Sections.Select(s => "#" + s.Id)));
            Assert.That(Page.Descendants("figcaption").Select(e => e.Value), Is.EqualTo(Charts.Select(c => c.Title)));
            Assert.That(Page.Descendants("button").Select(e => e.Value), Is.EqualTo(Charts.SelectMany(c => c.Series).Select(s => s.Name)));
            Assert.That(Page.Descendants("caption").Count(), Is.EqualTo(2));
            Assert.That(Page.Descendants().Attributes("id").Select(a => a.Value), Is.Unique);
        });
    }

    [Test]
    public void EveryChartIsDescribed()
    {
        string[] descriptions = [.. Page.Descendants().Where(e => e.Attribute("role")?.Value == "img").Select(e => e.Attribute("aria-label")!.Value)];
        Assert.That(descriptions, Has.Length.EqualTo(Charts.Count()));
        foreach ((string description, Chart chart) in descriptions.Zip(Charts))
        {
            Assert.That(description, Does.Contain(chart.Title).And.Contain(chart.X.Label).And.Contain(chart.Y.Label));
            Assert.That(chart.Series.Select(s => s.Name), Has.All.Matches<string>(name => description.Contains(name!, StringComparison.Ordinal)));
        }
    }

    [Test]
    public void TextsStayTexts()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Page.Descendants("img"), Is.Empty);
            Assert.That(Scripts[0], Does.Not.Contain('<'));
            Assert.That(Page.Descendants("title").Single().Value, Is.EqualTo(Sample.Title));
            Assert.That(Page.Descendants("h2").First().Value, Is.EqualTo(Sample.Sections[0].Title));
            Assert.That(Page.Descendants("header").Elements("p").Single().Value, Is.EqualTo(Sample.Notes[0]));
            Assert.That(Page.Descendants("tbody").First().Descendants("td").First().Value, Is.EqualTo(SampleReport.Hostile));
        });
    }

    [Test]
    public void NothingIsFetched()
    {
        string policy = Page.Descendants("meta").Single(m => m.Attribute("http-equiv") is not null).Attribute("content")!.Value;
        string style = Page.Descendants("style").Single().Value;
        string[] elements = [.. Page.Descendants().Select(e => e.Name.LocalName).Distinct()];
        Assert.Multiple(() =>
        {
            Assert.That(Page.Descendants().Attributes("src"), Is.Empty);
            Assert.That(Page.Descendants().Attributes("href").Select(a => a.Value), Has.All.StartsWith("#"));
            Assert.That(elements, Has.No.Member("link").And.No.Member("iframe").And.No.Member("base"));
            Assert.That(style, Does.Not.Contain("url(").And.Not.Contain("@import"));
            Assert.That(policy, Does.StartWith("default-src 'none'; script-src 'sha256-"));
            Assert.That(policy, Does.Not.Contain("http"));
            Assert.That(Scripts.Skip(1).Select(s => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(s)))}'"), Has.All.Matches<string>(hash => policy.Contains(hash!, StringComparison.Ordinal)));
        });
    }

    [Test]
    public void DataIsThatOfTheCharts()
    {
        Assert.That(Scripts, Has.Length.EqualTo(3));
        using var data = JsonDocument.Parse(Scripts[0]);
        JsonElement[] charts = [.. data.RootElement.GetProperty("charts").EnumerateArray()];
        Assert.That(charts, Has.Length.EqualTo(Charts.Count()));
        foreach ((JsonElement written, Chart chart) in charts.Zip(Charts))
        {
            JsonElement[] curves = [.. written.GetProperty("curves").EnumerateArray()];
            Assert.That(curves.Select(c => c.GetProperty("name").GetString()), Is.EqualTo(chart.Series.Select(s => s.Name)));
            for (int i = 0; i < curves.Length; i++)
            {
                IEnumerable<double> y = curves[i].GetProperty("points").EnumerateArray().Select(p => p[1].GetDouble());
                Assert.That(y, Is.EqualTo(chart.DrawnPoints(i).Select(p => p.Y)));
            }
        }

        Assert.That(charts[2].GetProperty("curves")[1].GetProperty("points").GetArrayLength(), Is.EqualTo(2), "0 and NaN have no place on a logarithmic axis");
    }

    [Test]
    public void LicencesGoWithTheLibrary() => Assert.That(
        Scripts[1], Does.StartWith("/*!\nApache ECharts ").And.Contain("Apache License").And.Contain("The Apache Software Foundation").And.Contain("Copyright (c) 2017, Baidu Inc.").And.Contain("Mike Bostock"));

    [Test]
    public void StatementsAreCounted()
    {
        Claim claim = new("X is above Y", "K = 4", "1.2 ± 0.1", Verdict.Agrees);
        FigureResult figure = new(
            "bsp", 5, "rates", ReproductionProfile.Smoke, "K = 4", "cpu", "1", 2, [Sample.Sections[0].Charts[0]], [claim, claim with { Verdict = Verdict.Open, Why = "too few drops" }], []);
        Report report = FigureReport.Of([figure, figure with { Number = 6 }, figure with { Paper = "ours", Number = 1, Claims = [] }]);
        Assert.Multiple(() =>
        {
            Assert.That(report.Tables.Single().Columns, Is.EqualTo(new[] { "figure", "✓ agrees", "✗ differs", "? open" }));
            Assert.That(report.Tables.Single().Rows, Is.EqualTo(new[] { new[] { "[BSP Fig. 5]", "1", "0", "1" }, ["[BSP Fig. 6]", "1", "0", "1"], ["all", "2", "0", "2"] }));
            Assert.That(report.Sections.Select(s => s.Tables.Count), Is.EqualTo(new[] { 1, 1, 0 }));
            Assert.That(report.Sections[0].Tables[0].Rows[1], Is.EqualTo(new[] { claim.Statement, claim.Setting, claim.Found, "? open: too few drops" }));
        });
    }
}
