namespace BrushEdit.PowerShell;

/// <summary>Marks a parameter that binds by property name and names what is worked on, and not how.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NamesSourceAttribute : Attribute;
