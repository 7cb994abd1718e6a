namespace Precoding.Simulation;

/// <summary>What is told of some computations: everything that a document needs and nothing of how it looks.</summary>
/// <param name="Notes">Paragraphs below the title.</param>
/// <param name="Tables">Of all sections together.</param>
public sealed record Report(string Title, IReadOnlyList<string> Notes, IReadOnlyList<ReportTable> Tables, IReadOnlyList<ReportSection> Sections);

/// <summary>A part of a report.</summary>
/// <param name="Id">What links name it by; no other section has it.</param>
/// <param name="Notes">Paragraphs below the heading: sizes, where the numbers come from.</param>
public sealed record ReportSection(string Id, string Title, IReadOnlyList<string> Notes, IReadOnlyList<Chart> Charts, IReadOnlyList<ReportTable> Tables);

/// <summary>Numbers that no curve shows.</summary>
/// <param name="Rows">Texts, [row][column]; the first of a row says what the row is of.</param>
public sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);
