using System.Management.Automation;
using System.Xml.Linq;

namespace BrushEdit.HelpBuilder;

/// <summary>Writes help pages as MAML, the format that <c>Get-Help</c> reads. Types, positions and parameter sets come from the cmdlets' metadata.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace Root = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>Returns a document of all pages.</summary>
    /// <param name="pages">The pages with their cmdlets.</param>
    /// <param name="shared">Descriptions of parameters that many cmdlets share; a page's own description takes precedence.</param>
    public static XDocument Write(IEnumerable<(HelpPage Page, CmdletInfo Cmdlet)> pages, IReadOnlyDictionary<string, string> shared) =>
        new(new XElement(Root + "helpItems", new XAttribute("schema", "maml"), pages.Select(p => CommandHelp(p.Page, p.Cmdlet, shared))));

    private static XElement CommandHelp(HelpPage page, CmdletInfo cmdlet, IReadOnlyDictionary<string, string> shared) => new(
        Command + "command",
        new XAttribute(XNamespace.Xmlns + "maml", Maml),
        new XAttribute(XNamespace.Xmlns + "command", Command),
        new XAttribute(XNamespace.Xmlns + "dev", Dev),
        new XElement(
            Command + "details",
            new XElement(Command + "name", page.Name),
            new XElement(Command + "verb", cmdlet.Verb),
            new XElement(Command + "noun", cmdlet.Noun),
            Description(page.Synopsis)),
        Description(page["Description"]),
        new XElement(Command + "syntax", cmdlet.ParameterSets.Select(set => new XElement(
            Command + "syntaxItem",
            new XElement(Maml + "name", page.Name),
            Own(set.Parameters)
                .OrderBy(p => p.Position < 0 ? int.MaxValue : p.Position)
                .ThenBy(p => !p.IsMandatory)
                .Select(p => Parameter(page, cmdlet, shared, [p]))))),
        new XElement(Command + "parameters", cmdlet.Parameters.Values
            .Where(p => !Cmdlet.CommonParameters.Contains(p.Name))
            .Select(p => Parameter(page, cmdlet, shared, [.. cmdlet.ParameterSets.SelectMany(s => s.Parameters).Where(i => i.Name == p.Name)]))),
        Types("inputTypes", "inputType", page["Inputs"]),
        Types("returnValues", "returnValue", page["Outputs"]),
        new XElement(Maml + "alertSet", new XElement(Maml + "alert", Paragraphs(page["Notes"]))),
        new XElement(Command + "examples", page.Examples.Select((e, i) => new XElement(
            Command + "example",
            new XElement(Maml + "title", $"Example {i + 1}: {e.Title}"),
            new XElement(Dev + "code", e.Code),
            // Empty paragraphs separate the examples, because hosts do not.
            new XElement(Dev + "remarks", Paragraphs(e.Remarks), new XElement(Maml + "para"), new XElement(Maml + "para"))))),
        new XElement(Command + "relatedLinks", Links(page["Links"])));

    private static IEnumerable<CommandParameterInfo> Own(IEnumerable<CommandParameterInfo> parameters) =>
        parameters.Where(p => !Cmdlet.CommonParameters.Contains(p.Name));

    // A parameter in one set, or in all its sets combined: it takes pipeline input if it does in any of them.
    private static XElement Parameter(HelpPage page, CmdletInfo cmdlet, IReadOnlyDictionary<string, string> shared, IReadOnlyList<CommandParameterInfo> sets)
    {
        CommandParameterInfo info = sets[0];
        string name = info.Name;
        bool isSwitch = info.ParameterType == typeof(SwitchParameter);
        string type = Nullable.GetUnderlyingType(info.ParameterType)?.Name ?? info.ParameterType.Name;
        string pipeline = (sets.Any(set => set.ValueFromPipeline), sets.Any(set => set.ValueFromPipelineByPropertyName)) switch
        {
            (true, true) => "True (ByValue, ByPropertyName)",
            (true, false) => "True (ByValue)",
            (false, true) => "True (ByPropertyName)",
            _ => "False",
        };
        string text = page.Parameters.GetValueOrDefault(name) ?? shared.GetValueOrDefault(name) ?? ShouldProcessText(name);
        (string description, string? told) = ParameterDefault.Split(text);
        string value = told ?? ParameterDefault.Of(cmdlet.ImplementingType, name) ?? "None";
        int position = sets.Max(set => set.Position);
        return new XElement(
            Command + "parameter",
            new XAttribute("required", sets.All(set => set.IsMandatory)),
            new XAttribute("globbing", text.Contains("wildcards allowed", StringComparison.OrdinalIgnoreCase)),
            new XAttribute("pipelineInput", pipeline),
            new XAttribute("position", position < 0 ? "named" : position.ToString()),
            new XAttribute("aliases", info.Aliases.Count > 0 ? string.Join(", ", info.Aliases) : "none"),
            new XElement(Maml + "name", name),
            Description(description),
            isSwitch ? null : new XElement(
                Command + "parameterValue", new XAttribute("required", true), new XAttribute("variableLength", info.ParameterType.IsArray), type),
            new XElement(Dev + "type", new XElement(Maml + "name", info.ParameterType.FullName)),
            new XElement(Dev + "defaultValue", value));
    }

    // The two parameters that PowerShell adds have the same text everywhere.
    private static string ShouldProcessText(string name) => name switch
    {
        "WhatIf" => "Says what would be done, and does nothing.",
        "Confirm" => "Asks before anything is done.",
        _ => string.Empty,
    };

    private static XElement Types(string list, string item, string text) => new(
        Command + list,
        text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(entry =>
        {
            // "Type.Name: what it is"
            string[] halves = entry.Split(": ", 2);
            return new XElement(
                Command + item,
                new XElement(Dev + "type", new XElement(Maml + "name", halves[0])),
                Description(halves.Length > 1 ? halves[1] : string.Empty));
        }));

    private static IEnumerable<XElement> Links(string text) => text
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(line => new XElement(
            Maml + "navigationLink", new XElement(Maml + "linkText", line.TrimStart('-', ' ')), new XElement(Maml + "uri")));

    private static XElement Description(string text) => new(Maml + "description", Paragraphs(text));

    private static IEnumerable<XElement> Paragraphs(string text) =>
        text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(p => new XElement(Maml + "para", p));
}
