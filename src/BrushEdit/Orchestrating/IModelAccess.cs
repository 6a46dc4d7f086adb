namespace BrushEdit.Orchestrating;
