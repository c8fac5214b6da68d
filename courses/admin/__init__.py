from courses.admin import clarity, materials, modules, questions, statements, units

__all__ = ["clarity", "materials", "modules", "questions", "statements", "units"]
